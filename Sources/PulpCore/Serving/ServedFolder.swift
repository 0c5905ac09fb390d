extension SQLConnection {
    /// The immediate children of a folder of what a distribution serves, sorted by the bytes of their names.
    ///
    /// Published files hide a unit's file of the same name.
    func children(of folder: String?, in source: ServedSource) throws -> [Listing.Entry] {
        let prefix = PathPrefix(folder)
        // Bytes are the keys: `String` takes two spellings of one letter for the same.
        var children: [[UInt8]: Listing.Entry] = [:]
        if let version = source.version {
            for entry in try unitChildren(prefix, in: version) { children[Array(entry.name.utf8)] = entry }
        }
        if let publication = source.publication {
            for entry in try publishedChildren(prefix, in: publication) { children[Array(entry.name.utf8)] = entry }
        }
        return children.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Whether anything is served below a folder.
    func hasChildren(_ folder: String, in source: ServedSource) throws -> Bool {
        let prefix = PathPrefix(folder)
        if let publication = source.publication {
            let found = try first(
                """
                SELECT 1 FROM published_file f
                WHERE f.publication = \(publication.key) AND \(sql: prefix.contains("f.relative_path")) LIMIT 1
                """)
            if found != nil { return true }
        }
        guard let version = source.version else { return false }
        return try first("SELECT 1 \(sql: try members(prefix, of: version)) LIMIT 1") != nil
    }

    private func publishedChildren(
        _ prefix: PathPrefix, in publication: ServedSource.Publication
    ) throws -> [Listing.Entry] {
        try query(
            """
            SELECT child, MAX(size) FROM (
                SELECT \(sql: prefix.child(of: "f.relative_path")) AS child,
                    CASE WHEN \(sql: prefix.isImmediate("f.relative_path")) THEN COALESCE(
                        (SELECT a.size FROM artifact a WHERE a.id = f.artifact),
                        \(sql: Self.unitFileSize(of: "f.content_artifact"))) END AS size
                FROM published_file f
                WHERE f.publication = \(publication.key) AND \(sql: prefix.contains("f.relative_path"))) AS files
            GROUP BY child
            """
        ).map { row in
            Listing.Entry(try row.get(0), modified: publication.created, size: try row.get(1))
        }
    }

    private func unitChildren(_ prefix: PathPrefix, in version: ServedSource.Version) throws -> [Listing.Entry] {
        let moments = try query(
            """
            SELECT number, created FROM repository_version
            WHERE repository = \(version.repository) AND number <= \(version.number) ORDER BY number
            """
        ).map { (number: try $0.get(0, as: Int64.self), created: try $0.get(1, as: Timestamp.self)) }

        return try query(
            """
            SELECT child, MAX(size), MAX(added) FROM (
                SELECT \(sql: prefix.child(of: "c.relative_path")) AS child, m.added AS added,
                    CASE WHEN \(sql: prefix.isImmediate("c.relative_path"))
                        THEN \(sql: Self.unitFileSize(of: "c.id")) END AS size
                \(sql: try members(prefix, of: version))) AS files
            GROUP BY child
            """
        ).map { row in
            let added: Int64 = try row.get(2)
            // Numbers ascend: the first not before `added` stands for a version that is gone.
            let index = moments.partitioningIndex { $0.number >= added }
            return Listing.Entry(
                try row.get(0), modified: index < moments.count ? moments[index].created : nil, size: try row.get(1))
        }
    }

    /// `FROM … WHERE …` over the files `c` of a version's memberships `m` below a folder.
    ///
    /// Starts from whichever is fewer, the paths that any repository has below the folder or the units of the version: a small
    /// folder of a large version and a small version beside large ones are both quick. SQLite joins in the order written.
    private func members(_ prefix: PathPrefix, of version: ServedSource.Version) throws -> SQL {
        let membership: SQL = """
            m.repository = \(version.repository) AND m.added <= \(version.number) AND m.removed > \(version.number)
            """
        let condition: SQL = """
            WHERE \(sql: membership) AND c.content = m.content AND \(sql: prefix.contains("c.relative_path"))
            """
        let startsAtPaths = try isFewer(prefix, than: version)
        let tables: SQL =
            startsAtPaths
            ? "FROM content_artifact c CROSS JOIN repository_content m"
            : "FROM repository_content m CROSS JOIN content_artifact c"
        return tables + " " + condition
    }

    private func isFewer(_ prefix: PathPrefix, than version: ServedSource.Version) throws -> Bool {
        guard !prefix.text.isEmpty else { return false }
        let units: Int64 =
            try value(
                """
                SELECT CAST(COALESCE(SUM(present), 0) AS BIGINT) FROM repository_version_count WHERE version = \(version.key)
                """) ?? 0
        let paths: Int64 =
            try value(
                """
                SELECT COUNT(*) FROM (
                    SELECT 1 FROM content_artifact WHERE \(sql: prefix.contains("relative_path")) LIMIT \(units + 1)) AS paths
                """) ?? 0
        return paths <= units
    }

    private static func unitFileSize(of contentArtifact: String) -> SQL {
        """
        COALESCE(
            (SELECT a.size FROM content_artifact u JOIN artifact a ON a.id = u.artifact WHERE u.id = \(raw: contentArtifact)),
            (SELECT MAX(r.size) FROM remote_artifact r WHERE r.content_artifact = \(raw: contentArtifact)))
        """
    }
}

extension Array {
    /// The first index whose element, and all after it, belong to the second half.
    /// - Precondition: the array is partitioned.
    fileprivate func partitioningIndex(where isInSecondHalf: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isInSecondHalf(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
