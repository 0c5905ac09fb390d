extension TaskEngine {
    /// Asks for the end of a task.
    ///
    /// A task that waits is canceled at once, blocked or not, and its place in the queues is free. One that runs, here or in another
    /// process, becomes `canceling` and is interrupted at its next `await`. So do its children, and theirs.
    /// - Throws: ``PulpError`` with `notFound` when there is no such task, with `conflict` when it has ended already.
    public func cancel(_ id: ID<TaskRecord>) async throws {
        try await cancel { db in
            guard let row = try db.first("SELECT id, state FROM task WHERE uuid = \(id.uuid)") else {
                throw PulpError(.notFound, "there is no task \(id)")
            }
            let state: TaskState = try row.get(1)
            guard !state.isFinal else { throw PulpError(.conflict, "the task \(id) is \(state.rawValue) already") }
            return [try row.get(0)]
        }
    }

    /// Asks for the end of all tasks of a group and of their children; those that have ended already stay as they are.
    /// - Throws: ``PulpError`` with `notFound` when there is no such group.
    public func cancel(_ group: ID<TaskGroupRecord>) async throws {
        try await cancel { db in
            guard let key = try db.value("SELECT id FROM task_group WHERE prn = \(group)", as: Int64.self) else {
                throw PulpError(.notFound, "there is no task group \(group)")
            }
            return try db.query("SELECT id FROM task WHERE task_group = \(key) AND finished IS NULL").map { try $0.get(0) }
        }
    }

    /// Asks for the end of the tasks that a transaction chooses, and of all that hangs on them.
    /// - Parameter reason: what the chosen ones that run show as their error.
    func cancel(
        because reason: String? = nil, _ choose: @escaping @Sendable (any SQLConnection) throws -> [Int64]
    ) async throws {
        let canceled = try await database.write { db -> [Int64] in
            let chosen = try choose(db)
            let all = chosen + (try Self.descendants(of: chosen, in: db))
            guard !all.isEmpty else { return [] }
            try LockQueue.enter(tasks: all, in: db)
            let canceled = try TaskTransition(from: .waiting, to: .canceled).apply(to: all, in: db)
            // After the waiting ones: a worker may have claimed one of them a moment ago.
            try TaskTransition(from: .running, to: .canceling, setting: Self.setting(reason: reason)).apply(to: chosen, in: db)
            try TaskTransition(from: .running, to: .canceling).apply(to: all, in: db)
            try self.settle(canceled, as: .canceled, in: db)
            try db.announce()
            return canceled
        }
        for task in canceled { watch.ended(task, .canceled) }
        bell.ring()
    }

    /// The unfinished tasks that these dispatched, and that those dispatched.
    private static func descendants(of tasks: [Int64], in db: any SQLConnection) throws -> [Int64] {
        var (found, generation) = (Set(tasks), tasks)
        var descendants: [Int64] = []
        while !generation.isEmpty {
            // Through those that have ended: they may have left children behind.
            let rows = try db.query("SELECT id, finished IS NULL FROM task WHERE parent \(in: generation) ORDER BY id")
            generation = []
            for row in rows {
                let key: Int64 = try row.get(0)
                guard found.insert(key).inserted else { continue }
                generation.append(key)
                if try row.get(1) { descendants.append(key) }
            }
        }
        return descendants
    }
}
