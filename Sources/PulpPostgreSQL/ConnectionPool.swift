internal import Dispatch
internal import Foundation
internal import Logging
internal import PulpCore
internal import Synchronization

/// Runs transactions on a bounded number of threads, each with its own connection: one hop to a thread and one back for a
/// transaction, and libpq may block as it likes. Threads start on demand, and end with their connections after a minute of rest.
final class ConnectionPool: Sendable {
    private struct Job: Sendable {
        let run: @Sendable (PostgreSQLSession) -> Void
        let refuse: @Sendable (any Error) -> Void
    }

    private struct State {
        var queue: JobQueue<Job>
        var ids = 0
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private static let rest = DispatchTimeInterval.seconds(60)

    private let parameters: ConnectionParameters
    private let logger: Logger
    private let state: Mutex<State>
    private let wakeUp = DispatchSemaphore(value: 0)

    init(_ parameters: ConnectionParameters, connections: Int, logger: Logger) {
        (self.parameters, self.logger) = (parameters, logger)
        state = Mutex(State(queue: JobQueue(limit: max(1, connections))))
    }

    /// Runs a transaction as soon as a connection is free.
    /// - Throws: `CancellationError` when the task is canceled before the transaction is about to be committed.
    func transaction<Value: Sendable>(
        _ mode: PostgreSQLSession.Mode, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let cancellation = Cancellation()
        let id = state.withLock { state in
            state.ids += 1
            return state.ids
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(id, Job(
                    run: { session in
                        continuation.resume(with: Result { try session.transaction(mode, cancellation, body) })
                    },
                    refuse: { continuation.resume(throwing: $0) }))
            }
        } onCancel: {
            cancellation.request()
            state.withLock { $0.queue.withdraw(id) }?.refuse(CancellationError())
        }
    }

    /// Refuses what has not begun, and waits for what has.
    func close() async {
        end()
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.queue.threads > 0 { state.closers.append(continuation) }
                return state.queue.threads == 0
            }
            if isOver { continuation.resume() }
        }
    }

    /// Refuses what has not begun, and waits for nothing.
    func end() {
        let (refused, resting) = state.withLock { state in (state.queue.close(), state.queue.resting) }
        for job in refused { job.refuse(Self.closed) }
        for _ in 0..<resting { wakeUp.signal() }
    }

    private static var closed: DatabaseError { DatabaseError(.unavailable, "the database is closed") }

    private func submit(_ id: Int, _ job: Job) {
        switch state.withLock({ $0.queue.submit(job, id: id) }) {
        case .wake: wakeUp.signal()
        case .spawn: spawn()
        case .queued: break
        case .refused: job.refuse(Self.closed)
        }
    }

    private func spawn() {
        let thread = Thread { [self] in
            let session = PostgreSQLSession(parameters, logger: logger)
            var next = state.withLock { $0.queue.next() }
            while true {
                switch next {
                case .run(let job):
                    job.run(session)
                    next = state.withLock { $0.queue.next() }
                case .rest:
                    let expired = wakeUp.wait(timeout: .now() + Self.rest) == .timedOut
                    next = state.withLock { $0.queue.wake(expired: expired) }
                case .end(let last):
                    if last { finish() }
                    return
                }
            }
        }
        thread.name = "pulp.postgresql"
        thread.start()
    }

    private func finish() {
        let closers = state.withLock { state in
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }
}
