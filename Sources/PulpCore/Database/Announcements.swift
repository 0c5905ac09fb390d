internal import Synchronization

/// Fans "look again" out to everyone who watches a database.
package final class Announcements: Sendable {
    private struct State {
        var next = 0
        var observers: [Int: AsyncStream<Void>.Continuation] = [:]
        var isFinished = false
    }

    private let state = Mutex(State())

    package init() {}

    package var isObserved: Bool { state.withLock { !$0.observers.isEmpty } }

    /// Yields with each announcement from now on, until ``finish()``; those that nobody took yet are one.
    package func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let key: Int? = state.withLock { state in
            guard !state.isFinished else { return nil }
            state.next += 1
            state.observers[state.next] = continuation
            return state.next
        }
        guard let key else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.observers.removeValue(forKey: key) }
        }
        return stream
    }

    package func announce() {
        for observer in state.withLock({ Array($0.observers.values) }) { observer.yield() }
    }

    /// Ends all streams, and those that are asked for later.
    package func finish() {
        let observers = state.withLock { state in
            defer { (state.observers, state.isFinished) = ([:], true) }
            return Array(state.observers.values)
        }
        for observer in observers { observer.finish() }
    }
}
