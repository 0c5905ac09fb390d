/// A file that a distribution serves, before anybody looked for its bytes.
struct ServedFile: Sendable, Hashable {
    /// The unit's file; nil for metadata that a publication made.
    let contentArtifact: Int64?
    /// Its artifact's row; nil while the bytes are upstream.
    let artifact: Artifact?
    let name: String
    let lastModified: Timestamp

    struct Artifact: Sendable, Hashable {
        let key: Int64
        let sha256: SHA256Digest
        let size: Int64
    }
}

/// Two units of one version claim one path; the database should have kept them apart.
struct AmbiguousPath: Error {
    let path: String
}

extension SQLConnection {
    /// The file at a path: what the publication says, else the unit's file that has this path.
    /// - Throws: ``AmbiguousPath`` when two units claim the path.
    func file(at path: String, in source: ServedSource) throws -> ServedFile? {
        if let publication = source.publication, let file = try publishedFile(at: path, in: publication) { return file }
        if let version = source.version { return try unitFile(at: path, in: version) }
        return nil
    }

    /// The file that a publication has at a path, besides what passes through it.
    func publishedFile(at path: String, in publication: ServedSource.Publication) throws -> ServedFile? {
        let row = try first(
            """
            SELECT f.content_artifact, a.id, a.sha256, a.size
            FROM published_file f
            LEFT JOIN content_artifact c ON c.id = f.content_artifact
            LEFT JOIN artifact a ON a.id = COALESCE(f.artifact, c.artifact)
            WHERE f.publication = \(publication.key) AND f.relative_path = \(path)
            """)
        return try row.map { try ServedFile($0, at: path, lastModified: publication.created) }
    }

    private func unitFile(at path: String, in version: ServedSource.Version) throws -> ServedFile? {
        let rows = try query(
            """
            SELECT c.id, a.id, a.sha256, a.size, m.added
            FROM content_artifact c
            CROSS JOIN repository_content m
            LEFT JOIN artifact a ON a.id = c.artifact
            WHERE c.relative_path = \(path) AND m.content = c.content AND m.repository = \(version.repository)
                AND m.added <= \(version.number) AND m.removed > \(version.number)
            LIMIT 2
            """)
        guard rows.count < 2 else { throw AmbiguousPath(path: path) }
        guard let row = rows.first else { return nil }
        // The version that added the unit may be gone: the oldest that is left since then stands for it.
        let modified: Timestamp? = try value(
            """
            SELECT created FROM repository_version
            WHERE repository = \(version.repository) AND number >= \(try row.get(4, as: Int64.self))
            ORDER BY number LIMIT 1
            """)
        return try ServedFile(row, at: path, lastModified: modified ?? Timestamp(microseconds: 0))
    }
}

extension ServedFile {
    fileprivate init(_ row: Row, at path: String, lastModified: Timestamp) throws {
        contentArtifact = try row.get(0)
        artifact = try row.get(1, as: Int64?.self).map { key in
            Artifact(key: key, sha256: try row.get(2), size: try row.get(3))
        }
        name = path.pathSegments().last.map(String.init) ?? path
        self.lastModified = lastModified
    }
}
