import Foundation
import Waxseal
import XCTest

/// A temporary world: copies of the case folders' homes, a state folder, and the command line to compare with.
class World: XCTestCase {
    var folder: URL!

    static let stores = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../../tests/stores").standardizedFileURL

    override func setUpWithError() throws {
        folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("waxseal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(at: folder)
    }

    func copy(_ home: String, to name: String) throws -> String {
        let target = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: World.stores.appendingPathComponent(home).appendingPathComponent("in"), to: target)
        return target.path
    }

    /// A copy of every case's home.
    func copies(_ folder: String) throws -> [String] {
        var homes: [String] = []
        for client in try FileManager.default.contentsOfDirectory(atPath: World.stores.path).sorted() {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: World.stores.appendingPathComponent(client).path)) ?? []
            for name in names.sorted() where FileManager.default.fileExists(atPath: World.stores.path + "/\(client)/\(name)/in") {
                homes.append(try copy("\(client)/\(name)", to: "\(folder)/\(client)/\(name)"))
            }
        }
        return homes
    }

    func waxseal(_ homes: [String], state: String = "state") throws -> Waxseal {
        try Waxseal(homes: homes.map { Home(path: $0) }, state: folder.appendingPathComponent(state).path)
    }

    /// What the command line says, as JSON.
    func command(_ verb: String, _ homes: [String], _ flags: [String] = []) throws -> [NSDictionary] {
        let process = Process()
        let out = Pipe()
        process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["WAXSEAL_CLI"]!)
        process.arguments = [verb, "--json", "--state", folder.appendingPathComponent("cli-state").path] + flags + ["--homes"] + homes
        process.standardOutput = out
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        XCTAssertTrue([0, 1, 3].contains(process.terminationStatus), "\(verb) ended with \(process.terminationStatus)")
        return try data.split(separator: UInt8(ascii: "\n")).map { line in
            try XCTUnwrap(JSONSerialization.jsonObject(with: line) as? NSDictionary)
        }
    }
}

/// Every file of a folder.
func tree(_ folder: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for case let path as String in try XCTUnwrap(FileManager.default.enumerator(atPath: folder)) {
        var isFolder: ObjCBool = false
        let full = folder + "/" + path
        if FileManager.default.fileExists(atPath: full, isDirectory: &isFolder), !isFolder.boolValue {
            found[path] = try Data(contentsOf: URL(fileURLWithPath: full))
        }
    }
    return found
}

/// Whether a folder's files are what they were; lock files stay behind, as the clients leave them.
func isSame(_ before: [String: Data], _ folder: String) throws -> Bool {
    try tree(folder).filter { before[$0.key] != nil } == before
}

/// A value as it stands in the command line's JSON.
func plain(_ value: Value?) -> Any {
    switch value {
    case nil: return NSNull()
    case .port(let number): return Int(number)
    case .switch(let on): return on
    case .days(let number), .minutes(let number): return number.map { Int($0) as Any } ?? "never"
    case .senders(let senders): return senders
    case .some(let other): return "\(other)"
    }
}

func raw(_ value: Raw?) -> Any {
    switch value {
    case nil: return NSNull()
    case .switch(let on): return on
    case .number(let number): return Int(number)
    case .text(let text): return text
    case .bytes(let bytes): return "hex:" + bytes.map { String(format: "%02x", $0) }.joined()
    }
}

func line(_ type: String, _ members: [String: Any?]) -> NSDictionary {
    var line: [String: Any] = ["type": type]
    for case (let name, let value?) in members { line[name] = value }
    return line as NSDictionary
}

func line(_ account: Account) -> NSDictionary {
    line("account", [
        "home": account.home, "client": account.client, "profile": account.profile, "account": account.id,
        "name": account.name, "email": account.emails.first, "store": account.store,
        "settings": Dictionary(uniqueKeysWithValues: account.settings.map { ($0.key.label(), plain($0.value)) }),
        "defaults": account.defaults.map { $0.label() },
        "unsupported": Dictionary(uniqueKeysWithValues: account.unsupported.map { ($0.key.label(), $0.value) }),
    ])
}

func line(_ finding: Finding) -> NSDictionary {
    line("finding", [
        "home": finding.home, "client": finding.client, "profile": finding.profile, "account": finding.account,
        "setting": finding.setting.label(), "actual": plain(finding.actual), "wanted": plain(finding.wanted),
        "store": finding.store, "message": finding.message,
    ])
}

func line(_ problem: Problem) -> NSDictionary {
    line("problem", [
        "code": problem.code.label(), "home": problem.home, "client": problem.client, "profile": problem.profile,
        "account": problem.account, "path": problem.path, "line": problem.line.map { Int($0) },
        "message": problem.message, "hint": problem.hint,
    ])
}

func line(_ profile: ProfilePlan, _ account: AccountPlan, _ change: Change) -> NSDictionary {
    var members: [String: Any?] = [
        "home": profile.home, "client": profile.client, "profile": profile.profile, "account": account.id,
        "before": plain(change.before), "after": plain(change.after), "rule": change.rule, "deletes": change.deletes,
        "keys": change.keys.map { ["store": $0.store, "key": $0.key, "before": raw($0.before), "after": raw($0.after)] },
    ]
    switch change.cause {
    case .wanted(let setting): members["setting"] = setting.label()
    case .shared(let setting): (members["setting"], members["cause"]) = (setting.label(), "shared")
    case .pinned(let setting): (members["setting"], members["cause"]) = (setting.label(), "pinned")
    case .follows(let name): members["follow"] = name
    }
    return line("change", members)
}
