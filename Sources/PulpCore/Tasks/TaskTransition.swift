/// One edge of ``TaskState``, as one conditional update.
struct TaskTransition {
    let from: TaskState
    let to: TaskState
    /// What else the row learns: `, error = …`.
    var setting = SQL(raw: "")
    /// The fence: only tasks of the worker with this key.
    var worker: Int64?

    /// - Returns: the keys of those among the tasks that made the step. The others were in another state, or another worker's.
    @discardableResult
    func apply(to tasks: [Int64], in db: any SQLConnection) throws -> [Int64] {
        precondition(from.successors.contains(to), "no task goes from \(from) to \(to)")
        guard !tasks.isEmpty else { return [] }
        let now = Timestamp.now
        let end: SQL = to.isFinal ? ", finished = \(now), worker = NULL" : ""
        let fence: SQL = worker.map { " AND worker + 0 = \($0)" } ?? ""
        return try db.query(
            """
            UPDATE task SET state = \(to), updated = \(now)\(sql: end)\(sql: setting)
            WHERE id \(in: tasks) AND state = \(from)\(sql: fence) RETURNING id
            """
        )
        .map { try $0.get(0) }
    }

    /// The edges from `running` to its final states, as one update for many tasks.
    /// - Parameter rows: `task`, `final`, `result` and `error` of each.
    /// - Returns: the keys of those that ran, for this worker.
    static func end(_ rows: SQLRows, of worker: Int64, in db: any SQLConnection) throws -> [Int64] {
        let now = Timestamp.now
        return try db.query(
            """
            UPDATE task SET state = r.final, result = r.result, error = r.error, updated = \(now), finished = \(now), worker = NULL
            FROM \(rows: rows, as: "r")
            WHERE task.id = r.task AND task.state = \(TaskState.running) AND task.worker + 0 = \(worker)
            RETURNING task.id
            """
        )
        .map { try $0.get(0) }
    }
}

extension TaskEngine {
    /// What the end of tasks brings with it, in the transaction in which they ended: their reports end, their locks pass on.
    func settle(_ tasks: [Int64], as state: TaskState, in db: any SQLConnection) throws {
        guard !tasks.isEmpty else { return }
        try db.execute(
            """
            UPDATE progress_report SET state = \(state) WHERE task \(in: tasks) AND state = \(TaskState.running)
            """)
        try passOn(tasks, as: state, in: db)
    }

    /// The same for tasks whose reports have ended.
    func passOn(_ tasks: [Int64], as state: TaskState, in db: any SQLConnection) throws {
        if state != .completed {
            for clean in onTaskAborted { try clean(db, tasks) }
        }
        try LockQueue.release(tasks, in: db)
        try db.announce()
    }

    /// The tasks that wait, among the children of these.
    static func waitingChildren(of tasks: [Int64], in db: any SQLConnection) throws -> [Int64] {
        try db.query("SELECT id FROM task WHERE parent \(in: tasks) AND state = \(TaskState.waiting)").map { try $0.get(0) }
    }

    /// `, error = …` for a reason; nothing for none.
    static func setting(reason: String?) -> SQL {
        reason.map { ", error = \(JSON(taskReason: $0).text)" } ?? ""
    }
}
