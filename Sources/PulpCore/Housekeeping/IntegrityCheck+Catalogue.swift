extension IntegrityCheck {
    /// Every count of every complete version, against the changes up to it.
    func counts(_ db: any SQLConnection, _ found: (Violation) -> Void) throws {
        try db.forEach(
            """
            WITH change AS (
                SELECT repository, type, number, CAST(SUM(added) AS BIGINT) AS added, CAST(SUM(removed) AS BIGINT) AS removed FROM (
                    SELECT rc.repository, c.type, rc.added AS number, 1 AS added, 0 AS removed
                    FROM repository_content rc JOIN content c ON c.id = rc.content
                    UNION ALL
                    SELECT rc.repository, c.type, rc.removed, 0, 1
                    FROM repository_content rc JOIN content c ON c.id = rc.content WHERE rc.removed < \(Int64.never)) edges
                GROUP BY repository, type, number),
            actual AS (
                SELECT v.id AS version, ch.type,
                    CAST(SUM(CASE WHEN ch.number = v.number THEN ch.added ELSE 0 END) AS BIGINT) AS added,
                    CAST(SUM(CASE WHEN ch.number = v.number THEN ch.removed ELSE 0 END) AS BIGINT) AS removed,
                    CAST(SUM(ch.added - ch.removed) AS BIGINT) AS present
                FROM repository_version v JOIN change ch ON ch.repository = v.repository AND ch.number <= v.number
                WHERE v.complete GROUP BY v.id, ch.type),
            stored AS (
                SELECT n.version, n.type, n.added, n.removed, n.present
                FROM repository_version_count n JOIN repository_version v ON v.id = n.version WHERE v.complete),
            keys AS (SELECT version, type FROM actual UNION SELECT version, type FROM stored)
            SELECT v.uuid, k.type, COALESCE(s.added, 0), COALESCE(s.removed, 0), COALESCE(s.present, 0),
                COALESCE(a.added, 0), COALESCE(a.removed, 0), COALESCE(a.present, 0)
            FROM keys k JOIN repository_version v ON v.id = k.version
            LEFT JOIN actual a ON a.version = k.version AND a.type = k.type
            LEFT JOIN stored s ON s.version = k.version AND s.type = k.type
            WHERE COALESCE(a.added, 0) <> COALESCE(s.added, 0) OR COALESCE(a.removed, 0) <> COALESCE(s.removed, 0)
                OR COALESCE(a.present, 0) <> COALESCE(s.present, 0)
            ORDER BY k.version, k.type
            """
        ) { row in
            func counts(from first: Int) throws -> Violation.Counts {
                Violation.Counts(added: try row.get(first), removed: try row.get(first + 1), present: try row.get(first + 2))
            }
            found(
                .wrongCount(
                    try row.versionID(0), type: try row.get(1),
                    stored: try counts(from: 2), actual: try counts(from: 5)))
        }
    }

    /// Whoever makes a version or a publication runs in a task that holds the repository's lock.
    func unfinished(_ db: any SQLConnection, _ found: (Violation) -> Void) throws {
        let nobody: SQL = """
            NOT EXISTS (
                SELECT 1 FROM task_lock l JOIN task t ON t.id = l.task WHERE l.resource = r.prn AND l.granted AND t.finished IS NULL)
            """
        try db.forEach(
            """
            SELECT v.uuid FROM repository_version v JOIN repository r ON r.id = v.repository
            WHERE NOT v.complete AND \(sql: nobody) ORDER BY v.id
            """
        ) { row in found(.incompleteVersion(try row.versionID(0))) }
        try db.forEach(
            """
            SELECT p.prn FROM publication p
            JOIN repository_version v ON v.id = p.repository_version JOIN repository r ON r.id = v.repository
            WHERE NOT p.complete AND \(sql: nobody) ORDER BY p.id
            """
        ) { row in found(.incompletePublication(ID(prn: try row.get(0)))) }
    }

    func numbers(_ db: any SQLConnection, _ found: (Violation) -> Void) throws {
        try db.forEach(
            """
            SELECT r.prn, r.next_version, MAX(v.number) FROM repository r JOIN repository_version v ON v.repository = r.id
            WHERE v.complete GROUP BY r.id, r.prn, r.next_version HAVING MAX(v.number) >= r.next_version
            """
        ) { row in
            found(.nextVersionTaken(try row.repositoryID(0), next: try row.get(1), latest: try row.get(2)))
        }
    }

    /// Distributions are few: their paths fit into memory.
    func basePaths(_ db: any SQLConnection, _ found: (Violation) -> Void) throws {
        struct Entry: Hashable {
            var isAncestor: Bool
            var uses: Int
        }
        var expected: [BytewiseText: Entry] = [:]
        try db.forEach("SELECT base_path FROM distribution WHERE domain = 1") { row in
            let path = try row.get(0, as: String.self)
            expected[BytewiseText(path)] = Entry(isAncestor: false, uses: 1)
            for ancestor in BasePath.ancestors(of: path) {
                expected[BytewiseText(ancestor), default: Entry(isAncestor: true, uses: 0)].uses += 1
            }
        }
        try db.forEach("SELECT path, ancestor, uses FROM base_path WHERE domain = 1") { row in
            let path = try row.get(0, as: String.self)
            let entry = Entry(isAncestor: try row.get(1), uses: try row.get(2))
            guard let wanted = expected.removeValue(forKey: BytewiseText(path)) else {
                return found(.basePath(path: path, problem: "is reserved, but no distribution has it"))
            }
            guard entry != wanted else { return }
            found(
                .basePath(
                    path: path,
                    problem: wanted.isAncestor == entry.isAncestor
                        ? "is reserved for \(entry.uses) distributions, but \(wanted.uses) need it"
                        : wanted.isAncestor ? "is reserved for a distribution that there is not" : "is not reserved for its distribution"))
        }
        for path in expected.keys.map(\.text).sorted() {
            found(.basePath(path: path, problem: "belongs to a distribution, but is not reserved"))
        }
    }

    func locks(_ db: any SQLConnection, _ found: (Violation) -> Void) throws {
        try db.forEach(
            """
            SELECT DISTINCT t.uuid FROM task_lock l JOIN task t ON t.id = l.task WHERE t.finished IS NOT NULL ORDER BY t.uuid
            """
        ) { row in found(.locksOfFinishedTask(task: try row.get(0))) }
    }

    /// A worker lives as long as its lease is held.
    func checkWorkers(_ found: (Violation) -> Void) async throws {
        let running = try await database.read { db in
            try db.query(
                """
                SELECT t.uuid, w.uuid, w.name FROM task t LEFT JOIN worker w ON w.id = t.worker
                WHERE t.state \(in: [TaskState.running, .canceling]) ORDER BY t.id
                """
            ).map { (task: try $0.get(0, as: String.self), worker: try $0.get(1, as: String?.self), name: try $0.get(2, as: String?.self)) }
        }
        var isAlive: [String: Bool] = [:]
        for (task, worker, name) in running {
            guard let worker else {
                // A task may have ended since.
                if try await isUnfinished(task) { found(.taskOfDeadWorker(task: task, worker: nil)) }
                continue
            }
            if isAlive[worker] == nil {
                isAlive[worker] = try await database.freeLeases(among: [Presence.leaseName(worker)]).isEmpty
            }
            if isAlive[worker] == false, try await isUnfinished(task) { found(.taskOfDeadWorker(task: task, worker: name)) }
        }
    }

    private func isUnfinished(_ task: String) async throws -> Bool {
        try await database.read { db in
            try db.value("SELECT COUNT(*) FROM task WHERE uuid = \(task) AND finished IS NULL", as: Int.self) == 1
        }
    }
}

/// Text that is equal to the same bytes only.
private struct BytewiseText: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
