/// Makes a transaction depend on its task still running.
///
/// A task may have been canceled, or declared dead together with its worker, while its code goes on. Everything that a task
/// writes through the ``Pulp`` of its ``TaskContext`` is refused once the task is not its worker's any more. Whoever seals what a
/// task makes confirms besides that nobody has canceled it:
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
    public static var current: TaskFence? { TaskRun.current?.fence }

    /// Holds the task in its state until the transaction ends: nobody can cancel it, or declare its worker dead.
    /// - Throws: `CancellationError` when the task is not running any more.
    public func confirm(in db: any SQLConnection) throws {
        try hold(in: db, states: [.running])
    }

    /// Holds the task until the transaction ends: nobody can declare its worker dead.
    /// - Throws: `CancellationError` when the task has ended, or was declared dead.
    func hold(in db: any SQLConnection, states: [TaskState] = [.running, .canceling]) throws {
        let held = try db.first(
            """
            SELECT id FROM task WHERE id = \(task) AND worker + 0 = \(worker) AND finished IS NULL AND state \(in: states)
            \(raw: db.dialect.lockShared)
            """)
        guard held != nil else { throw CancellationError() }
    }
}
