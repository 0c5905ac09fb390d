extension TaskEngine {
    /// A group with its tasks; nil when there is none.
    public func find(_ id: ID<TaskGroupRecord>) async throws -> TaskGroupRecord? {
        try await database.read { db in try TaskGroupRecord.read("WHERE prn = \(id)", in: db).first?.record }
    }

    /// Groups with their tasks, the youngest first.
    public func groups(limit: Int = 100, offset: Int = 0) async throws -> [TaskGroupRecord] {
        try await database.read { db in try TaskGroupRecord.read("ORDER BY id DESC LIMIT \(limit) OFFSET \(offset)", in: db).map(\.record) }
    }

    /// The groups with these keys.
    package func groups(_ keys: [Int64], in db: any SQLConnection) throws -> [(key: Int64, record: TaskGroupRecord)] {
        try TaskGroupRecord.read("WHERE id \(in: keys)", in: db)
    }

    /// The tasks of groups, each group's in the order of dispatch, by the groups' ids.
    package func records(ofGroups keys: [Int64], in db: any SQLConnection) throws -> [ID<TaskGroupRecord>: [TaskRecord]] {
        let tasks = try db.query("SELECT id FROM task WHERE task_group \(in: keys)").map { try $0.get(0, as: Int64.self) }
        return try records(tasks, in: db).reduce(into: [:]) { groups, task in
            if let group = task.record.group { groups[group, default: []].append(task.record) }
        }
    }

    /// Waits until all tasks of a group have ended, those too that are dispatched into it meanwhile.
    /// - Throws: ``PulpError`` with `notFound` when there is no such group.
    public func waitForEnd(of id: ID<TaskGroupRecord>) async throws {
        guard try await find(id) != nil else { throw PulpError(.notFound, "there is no task group \(id)") }
        while true {
            let unfinished = try await database.read { db in
                try db.value(
                    """
                    SELECT MIN(t.id) FROM task AS t JOIN task_group AS g ON g.id = t.task_group
                    WHERE g.prn = \(id) AND t.finished IS NULL
                    """, as: Int64.self)
            }
            guard let unfinished else { return }
            do { _ = try await watch.end(of: unfinished) } catch let error as PulpError where error.code == .notFound {
                // It ended, and is forgotten already.
            }
        }
    }
}

extension TaskGroupRecord {
    /// Reads the groups that the end of a statement chooses: two statements for any number.
    fileprivate static func read(_ choice: SQL, in db: any SQLConnection) throws -> [(key: Int64, record: TaskGroupRecord)] {
        let rows = try db.query("SELECT id, prn, description, created FROM task_group \(sql: choice)")
        let keys: [Int64] = try rows.map { try $0.get(0) }
        var members: [Int64: [(id: ID<TaskRecord>, state: TaskState)]] = [:]
        for row in try db.query("SELECT task_group, uuid, state FROM task WHERE task_group \(in: keys) ORDER BY id") {
            members[try row.get(0), default: []].append((TaskRecord.id(uuid: try row.get(1)), try row.get(2)))
        }
        return try rows.map { row in
            let tasks = members[try row.get(0)] ?? []
            let record = TaskGroupRecord(
                id: try row.get(1), description: try row.get(2), created: try row.get(3),
                counts: tasks.reduce(into: [:]) { $0[$1.state, default: 0] += 1 }, tasks: tasks.map(\.id))
            return (try row.get(0), record)
        }
    }
}
