/// Which units a repository holds from which version on: the intervals `[added, removed)` of `repository_content`, edited under the
/// number of a version that is not sealed yet, so that readers of sealed versions see nothing of it.
struct Membership: Sendable {
    let repository: Int64
    /// The number of the version that is made.
    let number: Int64

    /// A row of `repository_content` that is in the version as it stands.
    func isPresent(_ alias: String) -> SQL {
        "\(raw: alias).repository = \(repository) AND \(raw: alias).added <= \(number) AND \(raw: alias).removed > \(number)"
    }

    /// What to do when two units that this version adds have one repository key.
    enum Duplicates { case lastWins, refused }

    /// Adds units: of those with one repository key the last added stays, and one that an earlier version held goes.
    /// - Throws: ``PulpError`` with `overwrite` when one would go, and it must not; with `duplicateContent` when two of those
    ///   that this version adds have one key, and that is refused.
    func add(_ keys: [Int64], overwrite: Bool, duplicates: Duplicates = .lastWins, in db: any SQLConnection) throws {
        guard !keys.isEmpty else { return }
        // A unit that is added twice is one unit.
        var seen: Set<Int64> = []
        var rows = SQLRows([("n", .integer), ("content", .integer)])
        for (index, key) in keys.enumerated().reversed() where seen.insert(key).inserted {
            rows.append([.integer(Int64(index)), .integer(key)])
        }
        let ranked = try db.query(
            """
            SELECT c.id, c.type, c.repository_key, ROW_NUMBER() OVER (PARTITION BY c.type, c.repository_key ORDER BY r.n DESC)
            FROM \(rows: rows, as: "r") CROSS JOIN content c WHERE c.id = r.content
            """)
        var winners: [Int64] = []
        var added = SQLRows([("content", .integer)])
        for row in ranked {
            if try row.get(3, as: Int.self) == 1 {
                winners.append(try row.get(0))
                added.append([row.values[0]])
            } else if duplicates == .refused {
                throw Self.duplicateError(type: try row.get(1), key: try row.get(2))
            }
        }

        let displaced = try db.query(
            """
            SELECT o.id, o.type, o.repository_key, rc.added FROM \(rows: added, as: "r") CROSS JOIN content n
            CROSS JOIN content o CROSS JOIN repository_content rc
            WHERE n.id = r.content AND o.type = n.type AND o.repository_key = n.repository_key AND o.id <> n.id
                AND rc.content = o.id AND \(sql: isPresent("rc"))
            """)
        for row in displaced where duplicates == .refused {
            if try row.get(3) == number { throw Self.duplicateError(type: try row.get(1), key: try row.get(2)) }
        }
        if let first = displaced.first, !overwrite {
            throw PulpError(
                .overwrite,
                "\(displaced.count) units would take the place of others, first of \(Self.name(type: try first.get(1), key: try first.get(2)))"
            )
        }
        try remove(try displaced.map { try $0.get(0) }, in: db)
        // What this version removed comes back; what is not there comes.
        try db.execute(
            """
            UPDATE repository_content SET removed = \(Int64.never)
            WHERE repository = \(repository) AND \(sql: .removed(in: number)) AND content \(in: winners)
            """)
        try db.execute(
            """
            INSERT INTO repository_content (repository, content, added)
            SELECT CAST(\(repository) AS BIGINT), r.content, CAST(\(number) AS BIGINT) FROM \(rows: added, as: "r")
            WHERE NOT EXISTS (SELECT 1 FROM repository_content rc WHERE rc.content = r.content AND \(sql: isPresent("rc")))
            """)
    }

    func remove(_ keys: [Int64], in db: any SQLConnection) throws {
        guard !keys.isEmpty else { return }
        try db.execute(
            """
            DELETE FROM repository_content WHERE repository = \(repository) AND added = \(number) AND content \(in: keys)
            """)
        try db.execute(
            """
            UPDATE repository_content SET removed = \(number)
            WHERE repository = \(repository) AND removed = \(Int64.never) AND added < \(number) AND content \(in: keys)
            """)
    }

    func removeAll(in db: any SQLConnection) throws {
        try db.execute("DELETE FROM repository_content WHERE repository = \(repository) AND added = \(number)")
        try db.execute(
            """
            UPDATE repository_content SET removed = \(number) WHERE repository = \(repository) AND removed = \(Int64.never)
            """)
    }

    /// Makes the version hold what a version of any repository holds.
    func reset(to base: RepositoryVersion, in db: any SQLConnection) throws {
        let inBase: SQL = """
            SELECT b.content FROM repository_content b WHERE b.repository = \(base.repositoryKey)
                AND b.added <= \(base.number) AND b.removed > \(base.number)
            """
        try db.execute("DELETE FROM repository_content WHERE repository = \(repository) AND added = \(number)")
        try db.execute(
            """
            UPDATE repository_content SET removed = \(Int64.never) WHERE repository = \(repository) AND \(sql: .removed(in: number))
            """)
        try db.execute(
            """
            UPDATE repository_content SET removed = \(number)
            WHERE repository = \(repository) AND removed = \(Int64.never) AND content NOT IN (\(sql: inBase))
            """)
        try db.execute(
            """
            INSERT INTO repository_content (repository, content, added)
            SELECT CAST(\(repository) AS BIGINT), base.content, CAST(\(number) AS BIGINT) FROM (\(sql: inBase)) base
            WHERE base.content NOT IN (SELECT rc.content FROM repository_content rc WHERE \(sql: isPresent("rc")))
            """)
    }

    /// Leaves no trace of the version.
    func abandon(in db: any SQLConnection) throws {
        try db.execute("DELETE FROM repository_content WHERE repository = \(repository) AND added = \(number)")
        try db.execute(
            """
            UPDATE repository_content SET removed = \(Int64.never) WHERE repository = \(repository) AND \(sql: .removed(in: number))
            """)
    }

    static func duplicateError(type: String, key: String) -> PulpError {
        PulpError(.duplicateContent, "two different units are there for \(name(type: type, key: key))")
    }

    private static func name(type: String, key: String) -> String {
        "\(type) \(key.replacing("\u{1F}", with: ", ").debugDescription)"
    }
}

extension SQL {
    /// True of memberships that a version has ended.
    ///
    /// Says so that SQLite uses the index of the ended ones: it wants the index's own condition word for word, and takes that for a
    /// better bound than an equality, but not than a range.
    static func removed(in number: Int64, _ prefix: String = "") -> SQL {
        """
        \(raw: prefix)removed < 9223372036854775807 AND \(raw: prefix)removed BETWEEN \(number) AND \(number)
        """
    }
}
