// example HOME: secures the accounts of a home, after a question.
import Foundation
import Securing
import Waxseal

guard CommandLine.arguments.count == 2 else {
    FileHandle.standardError.write(Data("expected the folder of a home\n".utf8))
    exit(2)
}
do {
    _ = try secure(home: CommandLine.arguments[1]) { question in
        print("\(question) [y/N] ", terminator: "")
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
} catch let error as WaxsealError {
    FileHandle.standardError.write(Data("\(error.code()): \(error.localizedDescription)\n".utf8))
    exit(1)
}
