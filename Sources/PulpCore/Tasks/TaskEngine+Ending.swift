/// How the work of a task went.
enum TaskOutcome: Sendable {
    case completed(JSON?)
    case failed(JSON)
    /// Interrupted, as somebody asked, or by itself.
    case canceled
}

/// What is to be written when the work of a task is over.
struct TaskEnding: Sendable {
    let task: Int64
    let outcome: TaskOutcome
    var reports: [ProgressReport] = []
    /// PRNs, in the order in which they were made.
    var created: [String] = []
}

extension TaskEngine {
    /// Writes the end of tasks that a worker of this process ran: states, results, reports and created resources, in one
    /// transaction, and passes their locks on.
    /// - Returns: how each ended; nothing of those that are not this worker's any more: they were declared dead, and nothing may be
    ///   written for them.
    func end(_ endings: [TaskEnding], of worker: Int64) async throws -> [Int64: TaskEnd] {
        let (ended, children) = try await database.write { db -> ([Int64: TaskEnd], [Int64]) in
            try db.preferIndexes()
            let tasks = endings.map(\.task)
            let children = try LockQueue.enter(tasks: tasks, childrenOf: tasks, in: db)
            let ended = try Self.transition(endings, of: worker, in: db)
            for ending in endings {
                guard let end = ended[ending.task] else { continue }
                try ProgressReport.save(ending.reports.map { $0.ended(as: end.state) }, of: ending.task, in: db)
                try Self.save(ending.created, of: ending.task, in: db)
            }
            for (state, ended) in Dictionary(grouping: ended.keys, by: { ended[$0]?.state ?? .failed }) {
                try self.passOn(ended.sorted(), as: state, in: db)
            }
            let canceled = ended.filter { $0.value.state == .canceled }.keys.sorted()
            let orphaned = canceled.isEmpty ? [] : try Self.waitingChildren(of: canceled, in: db).filter(children.contains)
            let canceledChildren = try TaskTransition(from: .waiting, to: .canceled).apply(to: orphaned, in: db)
            try self.settle(canceledChildren, as: .canceled, in: db)
            return (ended, canceledChildren)
        }
        for child in children { watch.ended(child, .canceled) }
        for (task, end) in ended { watch.ended(task, end) }
        return ended
    }

    private static func transition(
        _ endings: [TaskEnding], of worker: Int64, in db: any SQLConnection
    ) throws -> [Int64: TaskEnd] {
        var ended: [Int64: TaskEnd] = [:]
        var rows = SQLRows([("task", .integer), ("final", .text), ("result", .json), ("error", .json)])
        for ending in endings {
            guard let end = TaskEnd(ending.outcome) else { continue }
            ended[ending.task] = end
            rows.append([ending.task.sql, end.state.sql, (end.result?.text).sql, (end.error?.text).sql])
        }
        if !ended.isEmpty {
            let written = Set(try TaskTransition.end(rows, of: worker, in: db))
            ended = ended.filter { written.contains($0.key) }
        }
        // Of the others somebody asked for the end while the work went on, or they did themselves: whatever became of it, they are
        // canceled.
        let interrupted = endings.filter { if case .canceled = $0.outcome { true } else { false } }.map(\.task)
        try TaskTransition(from: .running, to: .canceling, worker: worker).apply(to: interrupted, in: db)
        let others = endings.map(\.task).filter { ended[$0] == nil }
        for task in try TaskTransition(from: .canceling, to: .canceled, worker: worker).apply(to: others, in: db) {
            ended[task] = .canceled
        }
        return ended
    }

    private static func save(_ created: [String], of task: Int64, in db: any SQLConnection) throws {
        guard !created.isEmpty else { return }
        var rows = SQLRows([("position", .integer), ("prn", .text)])
        for (position, prn) in created.enumerated() { rows.append([position.sql, prn.sql]) }
        try db.post(
            """
            INSERT INTO created_resource (task, position, prn)
            SELECT CAST(\(task) AS BIGINT), r.position, r.prn FROM \(rows: rows, as: "r")
            """)
    }
}

extension TaskEnd {
    static let canceled = TaskEnd(state: .canceled, result: nil, error: nil)

    /// What an outcome makes of a task that nobody wanted to end; nil when it was interrupted.
    fileprivate init?(_ outcome: TaskOutcome) {
        switch outcome {
        case .completed(let result): self.init(state: .completed, result: result, error: nil)
        case .failed(let error): self.init(state: .failed, result: nil, error: error)
        case .canceled: return nil
        }
    }
}
