internal import Synchronization

/// Wakes the loops of one engine: at once for what happens in this process, when the database announces a commit of another
/// one, and every 100 ms besides, so that an announcement that is lost costs a moment and nothing else.
///
/// It watches the database only while somebody listens. A ring says "look again"; rings coalesce.
final class Bell: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var source: Task<Void, Never>?
        var isClosed = false
    }

    private let database: any Database
    private let state = Mutex(State())

    init(_ database: any Database) { self.database = database }

    deinit { state.withLock { $0.source?.cancel() } }

    /// Rings of the time to come, until the database is closed.
    func listen() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let key = state.withLock { state -> Int? in
            guard !state.isClosed else { return nil }
            state.next += 1
            state.listeners[state.next] = continuation
            if state.source == nil { state.source = watch() }
            return state.next
        }
        guard let key else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.listeners[key] = nil
                guard state.listeners.isEmpty else { return }
                state.source?.cancel()
                state.source = nil
            }
        }
        return stream
    }

    /// As ``listen()``, with one ring at once.
    func listenFromNow() -> AsyncStream<Void> {
        let stream = listen()
        ring()
        return stream
    }

    func ring() {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield() }
    }

    private func watch() -> Task<Void, Never> {
        Task { [weak self, database] in
            await withDiscardingTaskGroup { group in
                group.addTask { [weak self] in
                    for await _ in database.announcements() { self?.ring() }
                    if !Task.isCancelled { self?.finish() }
                }
                group.addTask { [weak self] in
                    // Ends by cancellation, which is all that sleeping can throw.
                    while (try? await Task.sleep(for: .milliseconds(100))) != nil { self?.ring() }
                }
            }
        }
    }

    private func finish() {
        let (listeners, source) = state.withLock { state in
            state.isClosed = true
            defer { (state.listeners, state.source) = ([:], nil) }
            return (Array(state.listeners.values), state.source)
        }
        source?.cancel()
        for listener in listeners { listener.finish() }
    }
}
