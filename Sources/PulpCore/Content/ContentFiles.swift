/// A unit's file on its way into the database.
struct ContentFile: Sendable {
    /// The key of the unit's row.
    var content: Int64
    var relativePath: RelativePath
    /// The key of the artifact's row; nil while it is not downloaded.
    var artifact: Int64?
}

/// Where a unit's file can be had.
struct RemoteSource: Sendable {
    var contentArtifact: Int64
    var url: String
    var size: Int64?
    var digests: Digests
}

/// The rows that tie units to their files, and files to where they can be had.
enum ContentFiles {
    /// Makes the files of units: one that waits for its artifact gets it, one that has an artifact keeps it.
    /// - Returns: the keys of the rows, in the order of the files.
    static func getOrCreate(_ files: [ContentFile], in db: any SQLConnection) throws -> [Int64] {
        var keys = [Int64](repeating: 0, count: files.count)
        var rows = SQLRows([("n", .integer), ("content", .integer), ("relative_path", .text), ("artifact", .integer)])
        for (index, file) in files.enumerated() {
            rows.append([.integer(Int64(index)), .integer(file.content), file.relativePath.sql, file.artifact.sql])
        }
        try db.execute(
            """
            INSERT INTO content_artifact (content, relative_path, artifact)
            SELECT r.content, r.relative_path, MAX(r.artifact) FROM \(rows: rows, as: "r")
            GROUP BY r.content, r.relative_path
            ON CONFLICT (content, relative_path) DO UPDATE SET artifact = excluded.artifact
            WHERE content_artifact.artifact IS NULL AND excluded.artifact IS NOT NULL
            """)
        try db.forEach(
            """
            SELECT r.n, ca.id FROM \(rows: rows, as: "r")
            CROSS JOIN content_artifact ca WHERE ca.content = r.content AND ca.relative_path = r.relative_path
            """
        ) { row in keys[try row.get(0)] = try row.get(1) }
        return keys
    }

    /// Records where files can be had from one remote; the newest word about a file counts.
    static func record(_ sources: [RemoteSource], remote: Int64, in db: any SQLConnection) throws {
        let algorithms = DigestAlgorithm.allCases
        var rows = SQLRows(
            [("content_artifact", .integer), ("url", .text), ("size", .integer)] + algorithms.map { ($0.rawValue, .text) })
        var seen: Set<Int64> = []
        for source in sources.reversed() where seen.insert(source.contentArtifact).inserted {
            rows.append(
                [.integer(source.contentArtifact), .text(source.url), source.size.sql] + algorithms.map { source.digests[$0].sql })
        }
        let digests = algorithms.map(\.rawValue).joined(separator: ", ")
        let updates = algorithms.map { "\($0.rawValue) = excluded.\($0.rawValue)" }.joined(separator: ", ")
        let isNews = algorithms.map { "remote_artifact.\($0.rawValue) IS DISTINCT FROM excluded.\($0.rawValue)" }.joined(separator: " OR ")
        try db.execute(
            """
            INSERT INTO remote_artifact (content_artifact, remote, url, size, \(raw: digests))
            SELECT r.content_artifact, CAST(\(remote) AS BIGINT), r.url, r.size, \(raw: digests) FROM \(rows: rows, as: "r")
            WHERE TRUE ON CONFLICT (content_artifact, remote) DO UPDATE
            SET url = excluded.url, size = excluded.size, \(raw: updates), failed_at = NULL
            WHERE remote_artifact.url <> excluded.url OR remote_artifact.size IS DISTINCT FROM excluded.size
                OR \(raw: isNews) OR remote_artifact.failed_at IS NOT NULL
            """)
    }
}
