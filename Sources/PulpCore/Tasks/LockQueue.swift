/// The rule of ``LockTable`` in the database: the table `task_lock`, one row for each lock of each unfinished task, and the
/// counter `task.waiting_locks`.
///
/// What a call costs depends on the task's own locks and on the locks that it grants, never on the number of waiting tasks. Each
/// call first takes the names of the resources for its transaction: alone where somebody is exclusive in the queue or becomes so,
/// together with others where all share, since then everything is granted, and nobody's coming or going changes anything for
/// another. So transactions of tasks that have only their domain in common do not wait for each other.
enum LockQueue {
    /// Waits for the queues that a dispatch changes: the first thing in its transaction.
    static func enter(_ locks: Locks, in db: any SQLConnection) throws {
        try db.lock(exclusive: Array(locks.exclusive), shared: Array(locks.shared))
    }

    /// Waits for the queues that the release of these tasks changes, and of those of their children that wait: the first thing in
    /// its transaction.
    /// - Returns: these children.
    @discardableResult
    static func enter(tasks: [Int64], childrenOf parents: [Int64] = [], in db: any SQLConnection) throws -> [Int64] {
        let isContested = isInQueue(of: "l", exclusive: true)
        // Every unfinished task has a lock, if only on its domain.
        let rows = try db.query(
            """
            SELECT NULL, l.resource, \(sql: isContested) FROM task_lock AS l WHERE l.task \(in: tasks)
            UNION ALL
            SELECT l.task, l.resource, \(sql: isContested) FROM task AS child JOIN task_lock AS l ON l.task = child.id
            WHERE child.parent \(in: parents) AND child.state = \(TaskState.waiting)
            """)
        var (children, alone, shared) = (Set<Int64>(), Set<String>(), Set<String>())
        for row in rows {
            if let child = try row.get(0, as: Int64?.self) { children.insert(child) }
            if try row.get(2) { alone.insert(try row.get(1)) } else { shared.insert(try row.get(1)) }
        }
        try db.lock(exclusive: Array(alone), shared: Array(shared))
        if db.dialect.hasConcurrentWriters { try checkNobodyIsAlone(in: shared, db) }
        return children.sorted()
    }

    /// Somebody may have come between the look and the lock who wants a queue alone.
    private static func checkNobodyIsAlone(in shared: Set<String>, _ db: any SQLConnection) throws {
        guard !shared.isEmpty else { return }
        let stranger = try db.first("SELECT id FROM task_lock WHERE resource \(in: shared) AND exclusive = TRUE LIMIT 1")
        if stranger != nil { throw TransactionRetry() }
    }

    /// Puts a task into the queues of its locks, and counts in its row those that it must wait for.
    /// - Returns: their number.
    static func dispatch(_ task: Int64, _ locks: Locks, in db: any SQLConnection) throws -> Int {
        let granted = try db.query(insertion(task, locks))
        let missing = try granted.count { try !$0.get(0, as: Bool.self) }
        if missing > 0 {
            try db.execute("UPDATE task SET waiting_locks = \(missing), unblocked = NULL WHERE id = \(task)")
        }
        return missing
    }

    /// Whether somebody is in the queue of a row's resource in this way; found by one step into an index.
    ///
    /// Not EXISTS: PostgreSQL may answer that by reading every such lock of all queues.
    private static func isInQueue(of row: String, exclusive: Bool) -> SQL {
        SQL(
            raw: """
                ((SELECT x.id FROM task_lock AS x WHERE x.resource = \(row).resource AND x.exclusive = \(exclusive ? "TRUE" : "FALSE") \
                LIMIT 1) IS NOT NULL)
                """)
    }

    static func insertion(_ task: Int64, _ locks: Locks) -> SQL {
        var rows = SQLRows([("resource", .text), ("wants_exclusive", .boolean)])
        for (resource, exclusive) in locks.all { rows.append([.text(resource), .boolean(exclusive)]) }
        return """
            INSERT INTO task_lock (task, resource, exclusive, granted)
            SELECT CAST(\(task) AS BIGINT), r.resource, r.wants_exclusive,
                NOT \(sql: isInQueue(of: "r", exclusive: true))
                AND NOT (r.wants_exclusive = TRUE AND \(sql: isInQueue(of: "r", exclusive: false)))
            FROM \(rows: rows, as: "r")
            RETURNING granted
            """
    }

    /// Takes tasks out of all their queues, whether they ran or waited, and grants what the rule grants then.
    /// - Returns: the tasks that may run now and could not before, in the order of dispatch.
    @discardableResult
    static func release(_ tasks: [Int64], in db: any SQLConnection) throws -> [Int64] {
        let freed = try db.query(
            """
            DELETE FROM task_lock WHERE task \(in: tasks)
            RETURNING resource, CASE WHEN exclusive = TRUE AND granted = TRUE THEN id ELSE 0 END,
                exclusive = TRUE OR \(sql: isInQueue(of: "task_lock", exclusive: true))
            """)
        var queues: [String: Int64] = [:]
        for row in freed {
            // Where all share, everything was granted already.
            guard try row.get(2, as: Bool.self) else { continue }
            let resource: String = try row.get(0)
            queues[resource] = max(queues[resource] ?? 0, try row.get(1))
        }
        guard !queues.isEmpty else { return [] }
        let granted = try db.query(grants(of: queues))
        var counts: [Int64: Int] = [:]
        for row in granted { counts[try row.get(0), default: 0] += 1 }
        guard !counts.isEmpty else { return [] }
        var grants = SQLRows([("grantee", .integer), ("freed", .integer)])
        for (task, count) in counts.sorted(by: { $0.key < $1.key }) { grants.append([task.sql, count.sql]) }
        let now = Timestamp.now
        return try db.query(
            """
            UPDATE task SET waiting_locks = task.waiting_locks - g.freed,
                unblocked = CASE WHEN task.waiting_locks = g.freed THEN CAST(\(now) AS BIGINT) END
            FROM \(rows: grants, as: "g") WHERE task.id = g.grantee
            RETURNING task.id, task.waiting_locks
            """
        )
        .filter { try $0.get(1, as: Int.self) == 0 }
        .map { try $0.get(0) }
        .sorted()
    }

    /// - Parameter queues: the resources, each with the number of a lock that nobody who is still in the queue precedes; 0 for none.
    ///   What is freed leaves gaps in the indexes until the database tidies up, and a search must not begin with all of them.
    static func grants(of queues: [String: Int64]) -> SQL {
        var rows = SQLRows([("resource", .text), ("gone", .integer)])
        for (resource, gone) in queues.sorted(by: { $0.key < $1.key }) { rows.append([.text(resource), .integer(gone)]) }
        // Whatever precedes a queue's first exclusive lock is shared and may be granted; the first exclusive one itself, when
        // nothing precedes it.
        return """
            UPDATE task_lock SET granted = TRUE WHERE id IN (
                SELECT w.id
                FROM (SELECT r.resource AS resource, r.gone AS gone,
                        (SELECT MIN(x.id) FROM task_lock AS x
                            WHERE x.resource = r.resource AND x.exclusive = TRUE AND x.id > r.gone) AS exclusive,
                        (SELECT MIN(s.id) FROM task_lock AS s
                            WHERE s.resource = r.resource AND s.exclusive = FALSE AND s.id > r.gone) AS shared
                    FROM \(rows: rows, as: "r")) AS head
                JOIN task_lock AS w ON w.resource = head.resource AND w.granted = FALSE AND w.id > head.gone AND w.id <= CASE
                    WHEN head.exclusive IS NULL THEN 9223372036854775807
                    WHEN head.shared IS NULL OR head.exclusive < head.shared THEN head.exclusive
                    ELSE head.exclusive - 1 END)
            RETURNING task
            """
    }
}
