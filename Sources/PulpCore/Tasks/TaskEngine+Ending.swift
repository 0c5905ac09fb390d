/// How the work of a task went.
enum TaskOutcome: Sendable {
    case completed(JSON?)
    case failed(JSON)
    /// Interrupted, as somebody asked, or by itself.
    case canceled
}

extension TaskEngine {
    /// Writes the end of a task that a worker of this process ran: state, result, reports and created resources, in one
    /// transaction, and passes its locks on.
    /// - Returns: nil when the task is not this worker's any more: it was declared dead, and nothing may be written.
    func end(
        _ task: Int64, of worker: Int64, _ outcome: TaskOutcome, reports: [ProgressReport], created: [String]
    ) async throws -> TaskEnd? {
        let ended = try await database.write { db -> (end: TaskEnd, children: [Int64])? in
            let children = try Self.waitingChildren(of: [task], in: db)
            try LockQueue.enter(tasks: [task] + children, in: db)
            guard let end = try Self.transition(task, of: worker, outcome, in: db) else { return nil }
            try ProgressReport.save(reports, of: task, in: db)
            try Self.save(created, of: task, in: db)
            try self.settle([task], as: end.state, in: db)
            guard end.state == .canceled else { return (end, []) }
            let canceled = try TaskTransition(from: .waiting, to: .canceled).apply(to: children, in: db)
            try self.settle(canceled, as: .canceled, in: db)
            return (end, canceled)
        }
        guard let ended else { return nil }
        for child in ended.children { watch.ended(child, TaskEnd(state: .canceled, result: nil, error: nil)) }
        watch.ended(task, ended.end)
        return ended.end
    }

    private static func transition(
        _ task: Int64, of worker: Int64, _ outcome: TaskOutcome, in db: any SQLConnection
    ) throws -> TaskEnd? {
        func went(_ from: TaskState, _ to: TaskState, setting: SQL = "") throws -> Bool {
            try !TaskTransition(from: from, to: to, setting: setting, worker: worker).apply(to: [task], in: db).isEmpty
        }
        switch outcome {
        case .completed(let result):
            if try went(.running, .completed, setting: ", result = \((result?.text).sql)") {
                return TaskEnd(state: .completed, result: result, error: nil)
            }
        case .failed(let error):
            if try went(.running, .failed, setting: ", error = \(error.text)") {
                return TaskEnd(state: .failed, result: nil, error: error)
            }
        case .canceled:
            _ = try went(.running, .canceling)
        }
        // Somebody asked for the end while the work went on: whatever became of it, the task is canceled.
        return try went(.canceling, .canceled) ? TaskEnd(state: .canceled, result: nil, error: nil) : nil
    }

    private static func save(_ created: [String], of task: Int64, in db: any SQLConnection) throws {
        guard !created.isEmpty else { return }
        var rows = SQLRows([("position", .integer), ("prn", .text)])
        for (position, prn) in created.enumerated() { rows.append([position.sql, prn.sql]) }
        try db.execute(
            """
            INSERT INTO created_resource (task, position, prn)
            SELECT CAST(\(task) AS BIGINT), r.position, r.prn FROM \(rows: rows, as: "r")
            """)
    }
}
