/// Makes a transaction depend on its task still running.
///
/// A task may have been canceled, or declared dead together with its worker, while its code goes on. Whoever seals what a task
/// makes confirms the fence in the same transaction:
///
/// ```swift
/// let fence = TaskFence.current
/// try await database.write { db in
///     try fence?.confirm(in: db)
///     …
/// }
/// ```
public struct TaskFence: Sendable {
    let task: Int64
    let worker: Int64

    /// That of the task that the current code runs in; nil outside of tasks.
    ///
    /// To be read before the transaction: its body runs on another thread.
    public static var current: TaskFence? {
        TaskRun.current.map { TaskFence(task: $0.claim.key, worker: $0.worker) }
    }

    /// Holds the task in its state until the transaction ends: nobody can cancel it, or declare its worker dead.
    /// - Throws: `CancellationError` when the task is not running any more.
    public func confirm(in db: any SQLConnection) throws {
        let confirmed = try db.execute(
            """
            UPDATE task SET updated = \(Timestamp.now)
            WHERE id = \(task) AND state = \(TaskState.running) AND worker = \(worker)
            """)
        guard confirmed == 1 else { throw CancellationError() }
    }
}
