import Synchronization

/// Lets one at a time do something.
final class Turn: Sendable {
    private let isTaken = Mutex(false)

    /// - Returns: false when somebody else is at it.
    func enter() -> Bool {
        isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }

    func leave() { isTaken.withLock { $0 = false } }
}
