import PulpTesting
import Synchronization

/// Lets one at a time do something, and tells when all of it is over.
final class Turn: Sendable {
    private let isTaken = Mutex(false)
    private let over = FakeGate()

    /// - Returns: false when somebody else is at it.
    func enter() -> Bool {
        isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }

    func leave() { isTaken.withLock { $0 = false } }

    func end() { over.open() }

    func ended() async { await over.pass() }
}
