import Foundation
import Waxseal

/// TLS on the servers that the accounts have already, from the first byte.
private let toTls = Policy(rules: [
    Rule(
        name: "to-tls",
        set: [
            .incomingSecurity: .security(value: .implicitTls),
            .outgoingSecurity: .security(value: .implicitTls),
        ],
        probe: .off
    )
])

/// Lists the accounts of a home and what is wrong with them, shows what makes them safe, asks, and does it with progress.
///
/// - Parameters:
///   - home: the home's folder.
///   - state: where the record of changes is; the user's own if `nil`.
///   - ask: answers a question.
/// - Returns: whether anything stays changed.
public func secure(home: String, state: String? = nil, ask: (String) -> Bool) throws -> Bool {
    let homes = try Waxseal(homes: [Home(path: home)], state: state, command: "example")
    for account in try homes.list().accounts { show(account) }
    for finding in try homes.audit().findings {
        print("finding: \(finding.account) \(finding.setting.label()): \(finding.message)")
    }
    let plan = try homes.plan(policy: toTls)
    try show(plan)
    guard !plan.isEmpty(), ask("Apply these changes?") else { return false }
    let report = try homes.apply(plan: plan, progress: Printed())
    print("\(report.counts.changed) changed, \(report.counts.unchanged) as they were")
    guard let operation = report.operation else { return false }
    guard ask("Keep them?") else {
        _ = try homes.undo(operation: operation, progress: Printed())
        return false
    }
    return true
}

private func show(_ account: Account) {
    print("\(account.name) <\(account.emails.joined(separator: ", "))> · \(account.client)")
    print("  incoming  \(words(account.incoming))")
    print("  outgoing  \(words(account.outgoing))")
}

private func words(_ server: Server?) -> String {
    guard let server else { return "–" }
    return "\(server.host ?? "?"):\(server.port.map(String.init) ?? "?") \(server.security.map { "\($0)" } ?? "?")"
}

private func show(_ plan: Plan) throws {
    for profile in try plan.profiles() {
        for account in profile.accounts {
            if !account.changes.isEmpty { print("\(account.name) (\(profile.client))") }
            for change in account.changes {
                let before = change.before.map { "\($0)" } ?? "absent"
                let after = change.after.map { "\($0)" } ?? "absent"
                print("  \(name(change.cause)): \(before) → \(after)")
                for key in change.keys { print("    \(key.store) \(key.key)") }
            }
            if let cost = account.consequence {
                print("  password asked again: \(cost.passwordAskedAgain), mail fetched again: \(cost.mailFetchedAgain)")
            }
        }
    }
    for problem in try plan.problems() { print("problem: \(problem.message)") }
}

private func name(_ cause: Cause) -> String {
    switch cause {
    case .wanted(let setting), .shared(let setting), .pinned(let setting): return setting.label()
    case .follows(let name): return name
    }
}

private final class Printed: ProgressListener {
    func done(done: Done) throws {
        switch done.outcome {
        case .changed: print("\(done.plan.profile): changed")
        case .unchanged: print("\(done.plan.profile): as it was")
        case .refused(let problem), .failed(let problem): print("\(done.plan.profile): \(problem.message)")
        }
    }

    func isCancelled() throws -> Bool { false }
}
