/// Deletes units that no version holds and nobody has used for a while, then artifacts that nothing refers to, then bytes that
/// no row speaks of, chunks of ended uploads among them.
///
/// Everything is found first and deleted in batches, each in a transaction that looks again. What begins to be used meanwhile
/// stays, in one of three ways: it was touched, so the second look passes over it; a row refers to it, so the second look, or the
/// foreign key, spares it; or the reference comes too late and fails by its foreign key, as if the unit had never been. Bytes go
/// after their row, and only while no commit is between its bytes and its rows (``ArtifactStore/delete(_:unless:)``): a row never
/// loses its bytes. A crash in between leaves bytes without a row, which the next sweep deletes.
struct OrphanSweep: Sendable {
    static let batch = 2000

    let database: any Database
    let store: any ArtifactStore
    /// What was used after this moment stays.
    let cutoff: Timestamp
    var progress = ProgressSink.none

    /// What was, or would be, deleted.
    struct Result: Codable, Hashable, Sendable {
        var content = 0
        var artifacts = 0
        /// The bytes of the artifacts.
        var bytes: Int64 = 0
        /// Blobs that no row spoke of: a crash had left them.
        var strayBlobs = 0
    }

    /// Deletes orphans.
    /// - Parameter ids: only these units, and all artifacts; nil for all units.
    func run(ids: [ID<Content>]? = nil) async throws -> Result {
        var result = Result()
        try await eachBatch(of: { try contentOrphans(after: $0, ids: ids, in: $1) }) { keys in
            result.content += try await deleteSparingReferenced(keys) { keys, db in
                try db.query("DELETE FROM content AS c WHERE c.id \(in: keys) AND \(sql: isOrphanContent) RETURNING id").count
            }.reduce(0, +)
            await progress.report("clean-up.content", "Clean up orphan Content", done: result.content)
        }
        try await eachBatch(of: { try artifactOrphans(after: $0, in: $1) }) { keys in
            let deleted = try await deleteSparingReferenced(keys) { keys, db in
                try db.query("DELETE FROM artifact AS a WHERE a.id \(in: keys) AND \(sql: isOrphanArtifact) RETURNING sha256, size")
                    .map { (digest: try $0.get(0, as: SHA256Digest.self), size: try $0.get(1, as: Int64.self)) }
            }.flatMap { $0 }
            try await BlobDeletion(database: database, store: store).delete(deleted.map(\.digest))
            result.artifacts += deleted.count
            result.bytes += deleted.reduce(0) { $0 + $1.size }
            await progress.report("clean-up.artifacts", "Clean up orphan Artifacts", done: result.artifacts)
        }
        result.strayBlobs = try await BlobDeletion(database: database, store: store).deleteStrays()
        _ = try await StrayChunks(database: database, chunks: store.chunks).delete()
        try await store.sweepStaging(olderThan: min(cutoff, .now - .seconds(86_400)))
        return result
    }

    /// Counts what ``run(ids:)`` would delete now.
    func count(ids: [ID<Content>]? = nil) async throws -> Result {
        var result = Result()
        try await eachBatch(of: { try contentOrphans(after: $0, ids: ids, in: $1) }) { result.content += $0.count }
        let (artifacts, bytes) = try await database.read { db in
            let row = try db.first(
                """
                SELECT COUNT(*), CAST(COALESCE(SUM(a.size), 0) AS BIGINT) FROM artifact a WHERE a.touched <= \(cutoff)
                    AND NOT EXISTS (SELECT 1 FROM published_file pf WHERE pf.artifact = a.id)
                    AND NOT EXISTS (
                        SELECT 1 FROM content_artifact ca JOIN content c ON c.id = ca.content
                        WHERE ca.artifact = a.id AND NOT (\(sql: isOrphanContent) \(sql: chosen(ids))))
                """)
            return (try row?.get(0, as: Int.self) ?? 0, try row?.get(1, as: Int64.self) ?? 0)
        }
        (result.artifacts, result.bytes) = (artifacts, bytes)
        return result
    }

    private var isOrphanContent: SQL {
        """
        c.touched <= \(cutoff)
        AND NOT EXISTS (SELECT 1 FROM repository_content rc WHERE rc.content = c.id)
        AND NOT EXISTS (
            SELECT 1 FROM content_artifact ca JOIN published_file pf ON pf.content_artifact = ca.id WHERE ca.content = c.id)
        """
    }

    private var isOrphanArtifact: SQL { "a.touched <= \(cutoff) AND \(sql: ArtifactReferences.none)" }

    private func contentOrphans(after key: Int64, ids: [ID<Content>]?, in db: any SQLConnection) throws -> [Int64] {
        try db.query(
            """
            SELECT c.id FROM content c
            WHERE c.id > \(key) AND \(sql: isOrphanContent) \(sql: chosen(ids)) ORDER BY c.id LIMIT \(Self.batch)
            """
        ).map { try $0.get(0) }
    }

    private func chosen(_ ids: [ID<Content>]?) -> SQL { ids.map { "AND c.uuid \(in: $0.map(\.uuid))" } ?? "" }

    private func artifactOrphans(after key: Int64, in db: any SQLConnection) throws -> [Int64] {
        try db.query("SELECT a.id FROM artifact a WHERE a.id > \(key) AND \(sql: isOrphanArtifact) ORDER BY a.id LIMIT \(Self.batch)")
            .map { try $0.get(0) }
    }

    private func eachBatch(
        of find: @escaping @Sendable (Int64, any SQLConnection) throws -> [Int64], _ body: ([Int64]) async throws -> Void
    ) async throws {
        var last: Int64 = 0
        while true {
            try Task.checkCancellation()
            let after = last
            let keys = try await database.read { try find(after, $0) }
            guard let end = keys.last else { return }
            try await body(keys)
            last = end
        }
    }

    /// Deletes rows in one transaction; where something refers to one of them after all, the halves are tried, down to that row.
    private func deleteSparingReferenced<Value: Sendable>(
        _ keys: [Int64], _ delete: @escaping @Sendable ([Int64], any SQLConnection) throws -> Value
    ) async throws -> [Value] {
        do { return [try await database.write { try delete(keys, $0) }] } catch let error as DatabaseError
            where error.code == .foreignKeyViolation
        {
            guard keys.count > 1 else { return [] }
            let middle = keys.count / 2
            return try await deleteSparingReferenced(Array(keys[..<middle]), delete)
                + deleteSparingReferenced(Array(keys[middle...]), delete)
        }
    }
}

/// What keeps an artifact's row.
enum ArtifactReferences {
    /// Nothing refers to the artifact with the alias `a`.
    static let none: SQL = """
        NOT EXISTS (SELECT 1 FROM content_artifact ca WHERE ca.artifact = a.id)
        AND NOT EXISTS (SELECT 1 FROM published_file pf WHERE pf.artifact = a.id)
        """
}
