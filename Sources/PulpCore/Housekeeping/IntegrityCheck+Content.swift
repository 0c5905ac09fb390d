extension IntegrityCheck {
    func contentWithoutFields(_ db: any SQLConnection, _ found: (Violation) -> Void) throws {
        for kind in tables {
            let (type, table) = (kind.type, kind.table)
            try db.forEach(
                """
                SELECT c.uuid FROM content c
                WHERE c.type = \(type) AND NOT EXISTS (SELECT 1 FROM \(raw: table) t WHERE t.content = c.id) ORDER BY c.id
                """
            ) { row in found(.contentWithoutFields(try row.contentID(0), type: type)) }
        }
    }

    func filesWithoutSource(_ db: any SQLConnection, _ found: (Violation) -> Void) throws {
        try db.forEach(
            """
            SELECT c.uuid, ca.relative_path FROM content_artifact ca JOIN content c ON c.id = ca.content
            WHERE ca.artifact IS NULL AND NOT EXISTS (SELECT 1 FROM remote_artifact ra WHERE ra.content_artifact = ca.id)
            ORDER BY ca.id
            """
        ) { row in found(.fileWithoutSource(try row.contentID(0), path: try row.get(1))) }
    }

    /// Two intervals overlap in versions that exist when the later beginning lies before both ends, and below the next version.
    private static let overlap: SQL = """
        a.added < b.removed AND b.added < a.removed AND a.added < r.next_version AND b.added < r.next_version
        """
    private static let first: SQL = "CASE WHEN a.added > b.added THEN a.added ELSE b.added END"

    /// The joins stand in the order, and with the `+`, that make SQLite look units up by their repository keys: left to itself it
    /// compares every unit with every other.
    func duplicateRepositoryKeys(_ db: any SQLConnection, _ found: (Violation) -> Void) throws {
        try db.forEach(
            """
            SELECT r.prn, x.type, x.repository_key, \(sql: Self.first)
            FROM content x CROSS JOIN content y CROSS JOIN repository_content a CROSS JOIN repository_content b
            CROSS JOIN repository r
            WHERE y.type = x.type AND y.repository_key = x.repository_key AND +y.domain = x.domain AND +y.id > x.id
                AND a.content = x.id AND b.content = y.id AND b.repository = a.repository AND r.id = a.repository AND \(sql: Self.overlap)
            """
        ) { row in
            let key = try row.get(2, as: String.self).replacing("\u{1F}", with: ", ")
            found(.duplicateRepositoryKey(try row.repositoryID(0), type: try row.get(1), key: key, version: try row.get(3)))
        }
    }

    func memberships(_ db: any SQLConnection, _ found: (Violation) -> Void) throws {
        try db.forEach(
            """
            SELECT r.prn, c.uuid, b.added FROM repository_content a
            JOIN repository_content b ON b.repository = a.repository AND b.content = a.content AND b.added > a.added AND b.added < a.removed
            JOIN repository r ON r.id = a.repository JOIN content c ON c.id = a.content
            """
        ) { row in found(.overlappingMembership(try row.repositoryID(0), try row.contentID(1), version: try row.get(2))) }
        try db.forEach(
            """
            SELECT r.prn, c.uuid, a.added FROM repository_content a
            JOIN repository r ON r.id = a.repository JOIN content c ON c.id = a.content WHERE a.removed <= a.added
            """
        ) { row in found(.emptyMembership(try row.repositoryID(0), try row.contentID(1), version: try row.get(2))) }
    }

    func pathConflicts(_ db: any SQLConnection, _ found: (Violation) -> Void) throws {
        // Pairs of paths first: most have none, and a database that counts its rows wrong would pair all members of a repository.
        // '0' follows '/', so what is below a path sorts between the path with the one and with the other.
        let conflicts: [SQL] = [
            "y.relative_path = x.relative_path AND +y.id > x.id",
            "y.relative_path > x.relative_path || '/' AND y.relative_path < x.relative_path || '0'",
        ]
        for conflict in conflicts {
            try db.forEach(
                """
                WITH pair AS MATERIALIZED (
                    SELECT x.relative_path AS above, x.content AS one, y.relative_path AS below, y.content AS other
                    FROM content_artifact x CROSS JOIN content_artifact y WHERE \(sql: conflict))
                SELECT r.prn, pair.above, pair.below, \(sql: Self.first)
                FROM pair CROSS JOIN repository_content a CROSS JOIN repository_content b CROSS JOIN repository r
                WHERE a.content = pair.one AND b.content = pair.other AND b.repository = a.repository
                    AND r.id = a.repository AND \(sql: Self.overlap)
                """
            ) { row in
                found(.pathConflict(try row.repositoryID(0), path: try row.get(1), other: try row.get(2), version: try row.get(3)))
            }
        }
    }
}

extension Row {
    fileprivate func contentID(_ index: Int) throws -> ID<Content> { ID(prn: "prn:core.content:\(try get(index, as: String.self))") }
    func versionID(_ index: Int) throws -> ID<RepositoryVersion> {
        ID(prn: "prn:core.repositoryversion:\(try get(index, as: String.self))")
    }

    func repositoryID(_ index: Int) throws -> ID<Repository> { ID(prn: try get(index)) }
}
