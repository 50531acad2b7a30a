import Foundation
import Securing
import Waxseal
import XCTest

/// The whole job as an application does it, and what may go wrong on the way.
final class ScenarioTests: World {
    private let toTls = Policy(rules: [
        Rule(
            name: "to-tls",
            set: [.incomingHost: .text(value: "secure.example.org"), .incomingSecurity: .security(value: .implicitTls)],
            matches: [.incomingHost: ["pop.old.example"]],
            probe: .off
        )
    ])

    private struct Gone: Error, CustomStringConvertible {
        let description = "the window is gone"
    }

    /// Remembers what it is told; stops, or throws, after so many profiles.
    private final class Listener: ProgressListener, @unchecked Sendable {
        private(set) var told: [Outcome] = []
        private let stopAfter: Int?
        private let throwAfter: Int?

        init(stopAfter: Int? = nil, throwAfter: Int? = nil) {
            self.stopAfter = stopAfter
            self.throwAfter = throwAfter
        }

        func done(done: Done) throws {
            told.append(done.outcome)
            if told.count == throwAfter { throw Gone() }
        }

        func isCancelled() throws -> Bool { told.count == stopAfter }
    }

    private func often(_ minutes: UInt32) -> Policy {
        Policy(rules: [Rule(name: "often", set: [.checkEveryMinutes: .minutes(value: minutes)])])
    }

    private func four() throws -> [String] { try (0..<4).map { try copy("thunderbird/both", to: "user\($0)") } }

    func testListAuditPlanApplyUndo() throws {
        let home = try copy("thunderbird/both", to: "rosa")
        let homes = try waxseal([home])

        let account = try XCTUnwrap(homes.list().accounts.first)
        XCTAssertEqual(account.client, "thunderbird")
        XCTAssertEqual(account.protocol, .pop3)
        XCTAssertEqual(account.grade, .cleartext)
        XCTAssertEqual(account.incoming?.host, "pop.old.example")
        XCTAssertEqual(account.incoming?.port, 110)
        XCTAssertEqual(account.settings[.incomingHost], .text(value: "pop.old.example"))

        let finding = try XCTUnwrap(homes.audit().findings.first)
        XCTAssertEqual(finding.setting, .incomingSecurity)
        XCTAssertEqual(finding.wanted, .security(value: .implicitTls))

        let before = try tree(home)
        let plan = try homes.plan(policy: toTls)
        XCTAssertEqual(plan.counts().changed, 1)
        let changes = try XCTUnwrap(plan.profiles().first?.accounts.first?.changes)
        let port = try XCTUnwrap(changes.first { $0.cause == .wanted(setting: .incomingPort) })
        XCTAssertEqual(port.before, .port(value: 110))
        XCTAssertEqual(port.after, .port(value: 995))
        XCTAssertEqual(try tree(home), before)

        let listener = Listener()
        let report = try homes.apply(plan: plan, progress: listener)
        XCTAssertEqual(report.counts.changed, 1)
        XCTAssertEqual(listener.told, [.changed])
        let prefs = try String(contentsOfFile: home + "/.thunderbird/abcd1234.default-esr/prefs.js", encoding: .utf8)
        XCTAssertTrue(prefs.contains("secure.example.org"))
        XCTAssertTrue(try homes.plan(policy: toTls).isEmpty())

        XCTAssertEqual(try homes.log().map(\.id), [report.operation])
        _ = try homes.undo()
        XCTAssertTrue(try isSame(before, home))
        XCTAssertEqual(try homes.log().first?.of, report.operation)
        XCTAssertNil(try homes.undo().operation)
    }

    func testSeveralClientsAtOnce() throws {
        let cases = ["thunderbird/both", "claws/pop3-to-ssl", "evolution/pop3-to-ssl"]
        let homes = try cases.map { try copy($0, to: $0.replacingOccurrences(of: "/", with: "-")) }
        let before = try homes.map(tree)
        let ours = try waxseal(homes)
        XCTAssertEqual(Set(try ours.list().accounts.map(\.client)), ["thunderbird", "claws", "evolution"])
        let report = try ours.apply(plan: ours.plan(policy: often(17)), assumeClosed: true)
        XCTAssertEqual(report.counts.homes, 3)
        let minutes = try ours.list().accounts.filter { $0.protocol != nil }.map { $0.settings[.checkEveryMinutes] }
        XCTAssertEqual(Set(minutes), [.minutes(value: 17)])
        _ = try ours.undo(assumeClosed: true)
        for (files, home) in zip(before, homes) { XCTAssertTrue(try isSame(files, home), home) }
    }

    func testTheExampleSecuresAndTakesBack() throws {
        let home = try copy("thunderbird/both", to: "rosa")
        let before = try tree(home)
        let state = folder.appendingPathComponent("state").path
        XCTAssertFalse(try secure(home: home, state: state) { _ in false })
        XCTAssertEqual(try tree(home), before)
        XCTAssertFalse(try secure(home: home, state: state) { $0.hasPrefix("Apply") })
        XCTAssertTrue(try isSame(before, home))
        XCTAssertTrue(try secure(home: home, state: state) { _ in true })
        XCTAssertFalse(try isSame(before, home))
    }

    func testCancelledInTheMiddle() throws {
        let homes = try four()
        let before = try homes.map(tree)
        let ours = try waxseal(homes)
        let report = try ours.apply(plan: ours.plan(policy: toTls), progress: Listener(stopAfter: 2), group: 1)
        XCTAssertTrue(report.cancelled)
        XCTAssertEqual(report.counts.changed, 2)
        XCTAssertEqual(try zip(before, homes).map { try isSame($0, $1) }, [false, false, true, true])
        _ = try ours.undo(operation: report.operation)
        XCTAssertEqual(try zip(before, homes).map { try isSame($0, $1) }, [true, true, true, true])
    }

    func testAnErrorInACallback() throws {
        let homes = try four()
        let before = try homes.map(tree)
        let ours = try waxseal(homes)
        XCTAssertThrowsError(try ours.apply(plan: ours.plan(policy: toTls), progress: Listener(throwAfter: 1), group: 1)) { error in
            guard case WaxsealError.Callback(let operation, let reason) = error else { return XCTFail("\(error)") }
            XCTAssertTrue(reason.contains("the window is gone"), reason)
            XCTAssertEqual(operation, try? ours.log().first?.id)
        }
        XCTAssertEqual(try zip(before, homes).map { try isSame($0, $1) }, [false, true, true, true])
        _ = try ours.undo()
        XCTAssertEqual(try zip(before, homes).map { try isSame($0, $1) }, [true, true, true, true])
    }

    func testACallbackCallsBackIn() throws {
        let home = try copy("thunderbird/both", to: "rosa")
        let ours = try waxseal([home])
        let plan = try ours.plan(policy: toTls)
        let curious = Curious(ours, plan)
        XCTAssertEqual(try ours.apply(plan: plan, progress: curious).counts.changed, 1)
        XCTAssertEqual(curious.seen, ["listed", "busy", "busy"])
    }

    /// Calls the object that is at work for it, and lets it go.
    private final class Curious: ProgressListener, @unchecked Sendable {
        private(set) var seen: [String] = []
        private var ours: Waxseal?
        private let plan: Plan

        init(_ ours: Waxseal, _ plan: Plan) { (self.ours, self.plan) = (ours, plan) }

        func done(done: Done) throws {
            guard let ours else { return }
            if try !ours.list().accounts.isEmpty { seen.append("listed") }
            do { _ = try ours.apply(plan: plan) } catch let error as WaxsealError { seen.append(error.code()) }
            do { _ = try ours.undo() } catch let error as WaxsealError { seen.append(error.code()) }
            self.ours = nil
        }

        func isCancelled() -> Bool { false }
    }

    func testSomeHomesAreTakenBack() throws {
        let homes = try ["ann", "joe"].map { try copy("thunderbird/both", to: $0) }
        let before = try homes.map(tree)
        let ours = try waxseal(homes)
        let operation = try ours.apply(plan: ours.plan(policy: toTls), progress: Listener(stopAfter: 1), group: 1).operation
        XCTAssertEqual(try ours.apply(plan: ours.plan(policy: toTls), resume: operation).operation, operation)
        XCTAssertNil(try ours.undo(homes: [folder.path]).operation)
        XCTAssertEqual(try ours.undo(homes: [homes[1]]).counts.homes, 1)
        XCTAssertEqual(try zip(before, homes).map { try isSame($0, $1) }, [false, true])
        _ = try ours.undo(operation: operation)
        XCTAssertEqual(try zip(before, homes).map { try isSame($0, $1) }, [true, true])
        XCTAssertThrowsError(try ours.apply(plan: ours.plan(policy: toTls), resume: operation)) { error in
            XCTAssertEqual((error as? WaxsealError)?.code(), "not-resumable")
        }
    }

    func testManyHomesInParts() throws {
        let homes = try ["thunderbird/both", "claws/unknown-auth", "evolution/pop3-to-ssl"].map { try copy($0, to: $0) }
        let ours = try waxseal(homes)
        try FileManager.default.removeItem(atPath: homes[2])
        let parts = try (0..<3).map { try ours.list(first: UInt32($0), count: 1) }
        XCTAssertEqual(try ours.list(), Listing(accounts: parts.flatMap(\.accounts), problems: parts.flatMap(\.problems)))
        XCTAssertEqual(try ours.audit().findings, try (0..<3).flatMap { try ours.audit(first: UInt32($0), count: 1).findings })
        let plan = try ours.plan(policy: often(17))
        let problems = try plan.problems()
        XCTAssertEqual(problems.last?.code, .unreadable)
        XCTAssertEqual(problems, try problems.indices.flatMap { try plan.problems(first: UInt64($0), count: 1) })
        XCTAssertThrowsError(try ours.audit(progress: Listener(stopAfter: 0))) { XCTAssertEqual($0 as? WaxsealError, .Cancelled) }
    }

    func testWhatIsForgottenStays() throws {
        let ours = try waxseal([copy("thunderbird/both", to: "rosa")])
        XCTAssertEqual(try ours.forgetOlder(days: 30), [])
        XCTAssertEqual(try ours.recover(), Recovery(recovered: [], problems: []))
        let operation = try XCTUnwrap(ours.apply(plan: ours.plan(policy: toTls)).operation)
        try ours.forget(operation: operation)
        XCTAssertThrowsError(try ours.undo(operation: operation)) { error in
            XCTAssertEqual(error as? WaxsealError, .Forgotten(operation: operation))
            XCTAssertEqual(error.localizedDescription, "operation \(operation) can't be taken back: its backups were dropped")
        }
    }

    func testEightThreads() throws {
        let homes = try four()
        let before = try homes.map(tree)
        let all = try waxseal(homes)
        let wanted = try all.list()
        let lists = Locked(true)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<10 where (try? all.list()) != wanted { lists.set(false) }
        }
        XCTAssertTrue(lists.get())
        let failure = Locked<String?>(nil)
        let users = try (0..<8).map { try waxseal([homes[$0 % 4]], state: "state\($0 % 4)") }
        let policies = (0..<8).map { often(100 + UInt32($0)) }
        DispatchQueue.concurrentPerform(iterations: 8) { at in
            for _ in 0..<3 {
                // Two threads share each home and each state folder: one of them may find it busy.
                do {
                    _ = try users[at].apply(plan: users[at].plan(policy: policies[at]), progress: Listener())
                    _ = try users[at].undo()
                } catch WaxsealError.Busy {
                } catch { failure.set("\(error)") }
            }
        }
        XCTAssertNil(failure.get())
        for user in users { while try user.undo().operation != nil {} }
        XCTAssertEqual(try zip(before, homes).map { try isSame($0, $1) }, [true, true, true, true])
        XCTAssertEqual(try all.list(), wanted)
    }

    func testTenThousandLists() throws {
        let ours = try waxseal([copy("thunderbird/both", to: "rosa")])
        for _ in 0..<1_000 { _ = try ours.list() }
        let settled = try resident()
        for _ in 0..<10_000 { _ = try ours.list() }
        let grown = try resident() - settled
        XCTAssertLessThan(grown, 2 << 20, "\(grown) bytes more after 10,000 calls")
    }

    func testTypedErrors() throws {
        let home = try copy("thunderbird/both", to: "rosa")
        XCTAssertThrowsError(try waxseal([home, "/no/such/home"])) { error in
            XCTAssertEqual(error as? WaxsealError, .NoHome(at: 1))
            XCTAssertEqual((error as? WaxsealError)?.code(), "no-home")
            XCTAssertEqual(error.localizedDescription, "home 1 is not a folder")
        }
        XCTAssertThrowsError(try Waxseal(clients: ["thunderbrid"])) { error in
            XCTAssertEqual(error as? WaxsealError, .UnknownClient(name: "thunderbrid"))
        }
        let ours = try waxseal([home])
        XCTAssertThrowsError(try ours.undo(operation: 7)) { XCTAssertEqual($0 as? WaxsealError, .NoOperation(operation: 7)) }
        let text = "[[rule]]\nset.incoming.port = \"rosa@example.org\"\n"
        XCTAssertThrowsError(try ours.plan(policy: Policy(toml: text))) { error in
            XCTAssertEqual(error as? WaxsealError, .BadPolicy(faults: 1, line: 2, column: 21))
            XCTAssertFalse("\(error) \(error.localizedDescription)".contains("rosa"))
        }
        XCTAssertTrue(checkPolicy(policy: Policy(toml: text))[0].message.contains("rosa"))
        let busy = folder.appendingPathComponent("busy")
        try FileManager.default.createDirectory(at: busy, withIntermediateDirectories: true)
        let junk = String(repeating: "not a database, and longer than the header of one ", count: 9)
        try junk.write(to: busy.appendingPathComponent("journal.db"), atomically: true, encoding: .utf8)
        XCTAssertThrowsError(try waxseal([home], state: "busy").log()) { XCTAssertEqual($0 as? WaxsealError, .Journal) }
    }
}

/// A value that several threads set.
private final class Locked<T>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: T

    init(_ value: T) { self.value = value }

    func get() -> T { lock.withLock { value } }

    func set(_ new: T) { lock.withLock { value = new } }
}

/// How much memory this process has, in bytes.
private func resident() throws -> Int {
    let words = try String(contentsOfFile: "/proc/self/statm", encoding: .ascii).split(separator: " ")
    return try XCTUnwrap(Int(words[1])) * 4096
}
