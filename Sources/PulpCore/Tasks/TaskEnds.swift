internal import Synchronization

/// Writes the ends of a worker's tasks, together those whose work is over while others are being written.
///
/// It does not give up while the database is away: if it did, nobody would know that a task has ended.
final class TaskEnds: Sendable {
    private typealias Waiter = CheckedContinuation<TaskEnd?, any Error>

    private struct Waiting {
        let ending: TaskEnding
        /// The key of the worker that claimed the task.
        let worker: Int64
        let onError: @Sendable (any Error) -> Void
        let waiter: Waiter
    }

    private struct State {
        var waiting: [Waiting] = []
        var isWriting = false

        /// The next ones to be written together; nil when there are none, and then nobody writes any more.
        mutating func next() -> [Waiting]? {
            guard let first = waiting.first else {
                isWriting = false
                return nil
            }
            let batch = waiting.prefix(TaskEnds.most).prefix { $0.worker == first.worker }
            waiting.removeFirst(batch.count)
            return Array(batch)
        }
    }

    /// How many are written in one transaction.
    private static let most = 32

    private let engine: TaskEngine
    private let state = Mutex(State())

    init(_ engine: TaskEngine) { self.engine = engine }

    /// Writes one.
    /// - Parameter onError: told of an attempt that failed; another one follows.
    /// - Returns: how the task ended; nil when it had been declared dead.
    /// - Throws: ``DatabaseError`` with `closed` when the program closed the database before.
    func write(
        _ ending: TaskEnding, of worker: Int64, onError: @escaping @Sendable (any Error) -> Void
    ) async throws -> TaskEnd? {
        try await withCheckedThrowingContinuation { waiter in
            let begins = state.withLock { state in
                state.waiting.append(Waiting(ending: ending, worker: worker, onError: onError, waiter: waiter))
                defer { state.isWriting = true }
                return !state.isWriting
            }
            if begins { Task { await writeAll() } }
        }
    }

    private func writeAll() async {
        while let batch = state.withLock({ $0.next() }) { await write(batch) }
    }

    private func write(_ batch: [Waiting]) async {
        for await _ in engine.bell.listenFromNow() {
            do {
                let ended = try await engine.end(batch.map(\.ending), of: batch[0].worker)
                for one in batch { one.waiter.resume(returning: ended[one.ending.task]) }
                return
            } catch {
                batch[0].onError(error)
                let isAway = (error as? DatabaseError)?.code == .unavailable
                guard batch.count == 1 || isAway else {
                    // One that cannot be written must not keep the others from ending.
                    for one in batch { await write([one]) }
                    return
                }
            }
        }
        for one in batch { one.waiter.resume(throwing: DatabaseError(.closed, "the database was closed")) }
    }
}
