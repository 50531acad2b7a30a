import Foundation

extension WaxsealError: LocalizedError {
    /// What happened, as a sentence for people: what `localizedDescription` says. It holds none of the user's words.
    public var errorDescription: String? { summary() }
}
