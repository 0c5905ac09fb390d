/// Ends a draft: checks it, counts it, and makes it the repository's latest version, in one transaction.
struct VersionSeal: Sendable {
    let repository: RepositoryRow
    let version: RepositoryVersion
    /// The types that the repository's kind takes; nil when no plugin here knows the kind.
    let types: Set<String>?

    private var number: Int64 { Int64(version.number) }

    /// Seals the version, or removes it when it holds what its predecessor holds.
    /// - Returns: whether there is a new version.
    /// - Throws: ``PulpError`` with `invalid` when one unit's path would be a folder of another's, two units claim one path, or a
    ///   unit is of a kind that the repository does not take.
    func run(in db: any SQLConnection) throws -> Bool {
        try db.lock("repository:\(repository.key)")
        let added = try counts("added", in: db)
        let removed = try counts("removed", in: db)
        guard !added.isEmpty || !removed.isEmpty else {
            try db.execute("DELETE FROM repository_version WHERE id = \(version.key)")
            return false
        }
        if let types, let foreign = added.keys.filter({ !types.contains($0) }).min() {
            throw PulpError(.invalid, "the repository \(repository.name) takes no content of type \(foreign)")
        }
        try PathOverlap(repository: repository.key, number: number).check(added: added.values.reduce(0, +), in: db)
        try writeCounts(added: added, removed: removed, in: db)
        try db.execute("UPDATE repository_version SET complete = TRUE, updated = \(Timestamp.now) WHERE id = \(version.key)")
        try db.execute("UPDATE repository SET next_version = \(number + 1) WHERE id = \(repository.key)")
        try db.bumpCatalogue()
        return true
    }

    private func counts(_ edge: String, in db: any SQLConnection) throws -> [String: Int64] {
        let rows = try db.query(
            """
            SELECT c.type, COUNT(*) FROM repository_content rc JOIN content c ON c.id = rc.content
            WHERE rc.repository = \(repository.key) AND \(sql: edge == "removed" ? .removed(in: number, "rc.") : "rc.added = \(number)") GROUP BY c.type
            """)
        return Dictionary(try rows.map { (try $0.get(0), try $0.get(1)) }, uniquingKeysWith: { first, _ in first })
    }

    /// What is present follows from the predecessor's count, so the cost is the change's.
    private func writeCounts(added: [String: Int64], removed: [String: Int64], in db: any SQLConnection) throws {
        let before = try db.query(
            """
            SELECT type, present FROM repository_version_count WHERE version = (
                SELECT id FROM repository_version WHERE repository = \(repository.key) AND complete AND number < \(number)
                ORDER BY number DESC LIMIT 1)
            """)
        var present = Dictionary(try before.map { (try $0.get(0, as: String.self), try $0.get(1, as: Int64.self)) }) { first, _ in first }
        for (type, count) in added { present[type, default: 0] += count }
        for (type, count) in removed { present[type, default: 0] -= count }
        var rows = SQLRows([("type", .text), ("added", .integer), ("removed", .integer), ("present", .integer)])
        for (type, count) in present.sorted(by: { $0.key < $1.key }) where count > 0 || removed[type] != nil {
            rows.append([.text(type), .integer(added[type] ?? 0), .integer(removed[type] ?? 0), .integer(count)])
        }
        try db.execute(
            """
            INSERT INTO repository_version_count (version, type, added, removed, present)
            SELECT CAST(\(version.key) AS BIGINT), r.type, r.added, r.removed, r.present FROM \(rows: rows, as: "r")
            """)
    }
}
