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

    func testListIsTheSame() throws {
        let homes = try copies()
        let said = try command("list", homes)
        let listing = try waxseal(homes).list()
        XCTAssertGreaterThan(listing.accounts.count, 100)
        XCTAssertEqual(listing.accounts.map { line($0) }, of("account", said))
        XCTAssertEqual(listing.problems.map { line($0) }, of("problem", said))
    }

    func testPlanIsTheSame() throws {
        let homes = try copies()
        let file = folder.appendingPathComponent("policy.toml")
        try policy.write(to: file, atomically: true, encoding: .utf8)
        let said = try command("plan", homes, ["--policy", file.path])
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
