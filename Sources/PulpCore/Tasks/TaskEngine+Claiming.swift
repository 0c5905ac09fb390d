extension TaskEngine {
    /// Which tasks a worker looks for.
    enum Appetite: Sendable {
        /// The oldest that may run.
        case everything
        /// These first; others only while one of these is blocked, for it may be blocked by them.
        case only([Int64])
    }

    /// What a worker sees when it looks up.
    struct Outlook: Sendable {
        /// Whether there is a task for it.
        var hasWork = false
        /// Those of its tasks that somebody wants to end.
        var canceling: [Int64] = []
    }

    /// Looks whether there is something to do, without writing.
    func look(for worker: Int64, _ appetite: Appetite, claiming: Bool) async throws -> Outlook {
        let names = Array(definitions.keys)
        let work: SQL = claiming ? "UNION ALL SELECT * FROM (\(sql: Self.claimable(names, appetite, for: worker, limit: 1))) AS work" : ""
        return try await database.read { db in
            try db.preferIndexes()
            // By their state: a worker's index entries of the past are many, unfinished tasks that somebody wants to end are few.
            let rows = try db.query(
                """
                SELECT id, state FROM task
                WHERE finished IS NULL AND state = \(TaskState.canceling) AND worker + 0 = \(worker) \(sql: work)
                """)
            var outlook = Outlook()
            for row in rows {
                let isCanceling = try row.get(1, as: TaskState.self) == .canceling
                if isCanceling { outlook.canceling.append(try row.get(0)) } else { outlook.hasWork = true }
            }
            return outlook
        }
    }

    /// Makes the oldest runnable tasks this worker's.
    ///
    /// A crash of the database's server may forget that: then they wait again, what this worker writes for them is refused, as the
    /// fence says, and what it wrote before has made the claim durable.
    func claim(for worker: Int64, _ appetite: Appetite, limit: Int) async throws -> [TaskClaim] {
        let names = Array(definitions.keys)
        return try await database.write { db in
            try db.preferIndexes()
            try db.allowLoss()
            let now = Timestamp.now
            let locked = SQL(raw: db.dialect.skipLocked)
            // Row ids are given in the order of dispatch. Materialized, so that no plan takes more rows than the limit.
            return try db.query(
                """
                WITH chosen AS MATERIALIZED (\(sql: Self.claimable(names, appetite, for: worker, limit: limit)) \(sql: locked))
                UPDATE task SET state = \(TaskState.running), worker = \(worker), started = \(now), updated = \(now)
                WHERE id IN (SELECT chosen.id FROM chosen) AND state = \(TaskState.waiting)
                    AND EXISTS (SELECT 1 FROM worker WHERE worker.id = \(worker))
                RETURNING id, uuid, name, arguments, logging_cid, created_by
                """
            )
            .map(TaskClaim.init)
            .sorted { $0.key < $1.key }
        }
    }

    /// What a worker has claimed and not ended.
    func claims(of worker: Int64) async throws -> [TaskClaim] {
        try await database.read { db in
            // One that waits for this worker is not claimed yet.
            try db.query(
                """
                SELECT id, uuid, name, arguments, logging_cid, created_by FROM task
                WHERE worker = \(worker) AND finished IS NULL AND state <> \(TaskState.waiting)
                """
            ).map(TaskClaim.init)
        }
    }

    private static func claimable(_ names: [String], _ appetite: Appetite, for worker: Int64, limit: Int) -> SQL {
        let choice: SQL =
            switch appetite {
            case .everything: ""
            case .only(let tasks):
                """
                 AND (task.id \(in: tasks) OR EXISTS (
                    SELECT 1 FROM task AS own WHERE own.id \(in: tasks) AND own.state = \(TaskState.waiting) AND own.waiting_locks > 0))
                """
            }
        return """
            SELECT task.id, task.state FROM task
            WHERE task.finished IS NULL AND task.state = \(TaskState.waiting) AND task.waiting_locks = 0
                AND (task.worker IS NULL OR task.worker = \(worker)) AND task.name \(in: names)\(sql: choice)
            ORDER BY task.id LIMIT \(limit)
            """
    }
}

extension TaskClaim {
    /// Reads `id, uuid, name, arguments, logging_cid, created_by`.
    init(_ row: Row) throws {
        self.init(
            key: try row.get(0), uuid: try row.get(1), name: try row.get(2), arguments: try row.get(3),
            correlationID: try row.get(4), creator: try row.get(5, as: Int64?.self).map(User.id))
    }
}
