import Foundation
import Waxseal
import XCTest

/// What the bindings say is what the command line says, on every home that there is a case of.
final class EqualTests: World {
    private let policy = """
        [[rule]]
        name = "tls"
        match = { incoming.protocol = ["pop3", "imap"] }
        probe = "off"

        [rule.set]
        incoming.security = "implicit-tls"
        outgoing.security = "starttls"
        check.every_minutes = 17
        retention.leave_on_server = true
        """

    private func of(_ type: String, _ lines: [NSDictionary]) -> [NSDictionary] {
        lines.filter { $0["type"] as? String == type }
    }

    private func file() throws -> String {
        let file = folder.appendingPathComponent("policy.toml")
        try policy.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    func testAuditIsTheSame() throws {
        let homes = try copies("a")
        let ours = try waxseal(homes)
        XCTAssertEqual(try ours.audit().findings.map { line($0) }, of("finding", try command("audit", homes)))
        let said = try command("audit", homes, ["--policy", try file()])
        let audit = try ours.audit(policy: Policy(toml: policy))
        XCTAssertGreaterThan(audit.findings.count, 100)
        XCTAssertEqual(audit.findings.map { line($0) }, of("finding", said))
        XCTAssertEqual(audit.problems.map { line($0) }, of("problem", said))
    }

    func testApplyAndUndoAreTheSame() throws {
        let (homes, theirs) = (try copies("a"), try copies("b"))
        let (a, b) = (folder.appendingPathComponent("a").path, folder.appendingPathComponent("b").path)
        let before = try tree(a)
        let said = try command("apply", theirs, ["--policy", try file(), "--yes", "--assume-closed"])
        let ours = try waxseal(homes)
        let report = try ours.apply(plan: ours.plan(policy: Policy(toml: policy)), assumeClosed: true)
        let sum = try XCTUnwrap(of("summary", said).first)
        XCTAssertEqual(sum["changed"] as? Int, Int(report.counts.changed))
        XCTAssertEqual(sum["skipped"] as? Int, Int(report.counts.skipped))
        XCTAssertEqual(sum["unchanged"] as? Int, Int(report.counts.unchanged))
        XCTAssertGreaterThan(report.counts.changed, 50)
        XCTAssertTrue(try tree(a) == tree(b), "not the same bytes")
        _ = try ours.undo(operation: report.operation, assumeClosed: true)
        XCTAssertTrue(try isSame(before, a), "not the bytes from before")
    }

    func testListIsTheSame() throws {
        let homes = try copies("a")
        let said = try command("list", homes)
        let listing = try waxseal(homes).list()
        XCTAssertGreaterThan(listing.accounts.count, 100)
        XCTAssertEqual(listing.accounts.map { line($0) }, of("account", said))
        XCTAssertEqual(listing.problems.map { line($0) }, of("problem", said))
    }

    func testPlanIsTheSame() throws {
        let homes = try copies("a")
        let said = try command("plan", homes, ["--policy", try file()])
        let plan = try waxseal(homes).plan(policy: Policy(toml: policy))
        let changes = try plan.profiles().flatMap { profile in
            profile.accounts.flatMap { account in account.changes.map { line(profile, account, $0) } }
        }
        XCTAssertGreaterThan(changes.count, 100)
        XCTAssertEqual(changes, of("change", said))
        XCTAssertEqual(Set(try plan.problems().map { line($0) }), Set(of("problem", said)))
        let sum = try XCTUnwrap(of("summary", said).first)
        XCTAssertEqual(sum["changed"] as? Int, Int(plan.counts().changed))
        XCTAssertEqual(sum["accounts"] as? Int, Int(plan.counts().accounts))
    }
}
