extension Pulp {
    /// Publishes a version.
    ///
    /// Nothing is visible before the body has ended well; then the publication appears whole, in one transaction. When the body
    /// throws, nothing remains.
    /// - Parameters:
    ///   - publication: its kind's fields; its version is set here.
    ///   - body: writes the metadata.
    public nonisolated(nonsending) func publish<P: PublicationKind>(
        _ publication: P, of version: RepositoryVersion, _ body: nonisolated(nonsending) (PublicationWriter) async throws -> Void
    ) async throws -> Record<P> {
        var publication = publication
        publication.publication.repositoryVersion = version.id
        let writer = PublicationWriter(pulp: self)
        do {
            try await body(writer)
            try Task.checkCancellation()
            return try await complete(publication, writer.files)
        } catch {
            for file in writer.files { await file.staged.discard() }
            throw error
        }
    }

    /// Whether there is a publication of a version, of any kind.
    public func isPublished(_ version: RepositoryVersion) async throws -> Bool {
        try await database.read { db in
            try db.first("SELECT 1 FROM publication WHERE repository_version = \(version.key) AND complete LIMIT 1") != nil
        }
    }

    private func complete<P: PublicationKind>(_ publication: P, _ files: [PublicationWriter.File]) async throws -> Record<P> {
        var descriptions: [ArtifactDescription] = []
        for file in files { descriptions.append(try await file.staged.finish()) }
        let placed = Array(zip(files.map(\.path), descriptions))
        return try await store.commit(files.map(\.staged)) { permit in
            try await record(publication, placed, permit)
        }
    }

    private func record<P: PublicationKind>(
        _ publication: P, _ placed: [(RelativePath, ArtifactDescription)], _ permit: CommitPermit
    ) async throws -> Record<P> {
        try await database.write { db in
            let artifacts = try db.insertArtifacts(placed.map(\.1), under: permit, at: .now)
            let record = try resources.insert(publication, in: db)
            var rows = SQLRows([("relative_path", .text), ("artifact", .integer)])
            for (path, description) in placed { rows.append([path.sql, artifacts[description.sha256].sql]) }
            try db.execute(
                """
                INSERT INTO published_file (publication, relative_path, artifact)
                SELECT CAST(\(record.key) AS BIGINT), r.relative_path, r.artifact FROM \(rows: rows, as: "r")
                """)
            try db.execute("UPDATE publication SET complete = TRUE WHERE id = \(record.key)")
            try CheckpointRetention(publication: record.key).run(in: db)
            try db.bumpCatalogue()
            return record
        }
    }

    /// Calls a body with the files of a version's units, in batches, ordered by path: what a manifest lists.
    public nonisolated(nonsending) func forEachFile(
        in version: RepositoryVersion, batch: Int = 20_000, _ body: nonisolated(nonsending) ([VersionFile]) async throws -> Void
    ) async throws {
        var last = ""
        while true {
            let after = last
            let page = try await database.read { db in
                try db.query(
                    """
                    SELECT ca.relative_path, COALESCE(a.sha256, ra.sha256), COALESCE(a.size, ra.size)
                    FROM repository_content rc JOIN content_artifact ca ON ca.content = rc.content
                    LEFT JOIN artifact a ON a.id = ca.artifact
                    LEFT JOIN remote_artifact ra ON ca.artifact IS NULL AND ra.id = (
                        SELECT MIN(s.id) FROM remote_artifact s WHERE s.content_artifact = ca.id)
                    WHERE \(sql: version.holds("rc")) AND ca.relative_path > \(after)
                    ORDER BY ca.relative_path LIMIT \(batch)
                    """
                ).map { VersionFile(relativePath: try $0.get(0), sha256: try $0.get(1), size: try $0.get(2)) }
            }
            guard let end = page.last else { return }
            try await body(page)
            if page.count < batch { return }
            last = end.relativePath.description
        }
    }
}

/// A file of a unit in a version.
public struct VersionFile: Sendable, Hashable {
    /// Where the unit puts the file; unique in the version.
    public let relativePath: RelativePath
    /// Nil when neither the artifact is there nor the remote says it.
    public let sha256: SHA256Digest?
    /// In bytes; nil when neither the artifact is there nor the remote says it.
    public let size: Int64?
}

/// Deletes the checkpoint publications beyond those that a repository keeps; distributed ones stay.
struct CheckpointRetention: Sendable {
    /// The key of the newest publication.
    let publication: Int64

    func run(in db: any SQLConnection) throws {
        let row = try db.first(
            """
            SELECT r.id, r.retain_checkpoints FROM publication p JOIN repository_version v ON v.id = p.repository_version
            JOIN repository r ON r.id = v.repository WHERE p.id = \(publication) AND p.checkpoint
            """)
        guard let row, let keep = try row.get(1, as: Int?.self) else { return }
        try db.execute(
            """
            DELETE FROM publication WHERE checkpoint AND id IN (
                SELECT p.id FROM publication p JOIN repository_version v ON v.id = p.repository_version
                WHERE v.repository = \(try row.get(0, as: Int64.self)) AND p.checkpoint AND p.complete
                ORDER BY p.id DESC LIMIT \(Int.max) OFFSET \(keep))
                AND NOT EXISTS (SELECT 1 FROM distribution d WHERE d.publication = publication.id)
            """)
    }
}
