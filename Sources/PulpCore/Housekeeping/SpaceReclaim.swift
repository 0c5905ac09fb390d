/// Gives back the space of files that can be fetched again.
///
/// A file's artifact goes when the file's unit is of a kind that may be reclaimed, is in one of the repositories, is in no other
/// repository and in no version to keep, and when a remote is known for it; and when no metadata of a publication has the same
/// bytes. The unit stays, as if it had been synchronized on demand.
struct SpaceReclaim: Sendable {
    let database: any Database
    let store: any ArtifactStore
    /// The kinds of content that may be reclaimed.
    let types: [String]
    var progress = ProgressSink.none

    /// What came free.
    struct Result: Codable, Hashable, Sendable {
        var artifacts = 0
        var bytes: Int64 = 0
    }

    /// - Throws: ``PulpError`` with `notFound` that names a repository or a version which does not exist.
    func run(_ repositories: [ID<Repository>], keeping versions: [ID<RepositoryVersion>]) async throws -> Result {
        let (listed, kept) = try await scope(repositories, versions)
        var result = Result()
        var last: Int64 = 0
        while true {
            try Task.checkCancellation()
            let after = last
            let freed = try await database.write { db -> (last: Int64, blobs: [(digest: SHA256Digest, size: Int64)])? in
                let files = try db.query(files(in: listed, keeping: kept, after: after) + " ORDER BY ca.id LIMIT \(OrphanSweep.batch)")
                guard let end = try files.last?.get(0, as: Int64.self) else { return nil }
                try db.execute(
                    "UPDATE content_artifact SET artifact = NULL WHERE id \(in: try files.map { try $0.get(0, as: Int64.self) })")
                let blobs = try db.query(
                    """
                    DELETE FROM artifact AS a WHERE a.id \(in: Set(try files.map { try $0.get(1, as: Int64.self) }))
                        AND \(sql: ArtifactReferences.none) RETURNING sha256, size
                    """
                ).map { (digest: try $0.get(0, as: SHA256Digest.self), size: try $0.get(1, as: Int64.self)) }
                // Kept answers name the files.
                try db.bumpCatalogue()
                return (end, blobs)
            }
            guard let freed else { return result }
            try await BlobDeletion(database: database, store: store).delete(freed.blobs.map(\.digest))
            last = freed.last
            result.artifacts += freed.blobs.count
            result.bytes += freed.blobs.reduce(0) { $0 + $1.size }
            await progress.report("reclaim-space.artifact", "Reclaim disk space", done: result.artifacts)
        }
    }

    /// What ``run(_:keeping:)`` would free.
    func count(_ repositories: [ID<Repository>], keeping versions: [ID<RepositoryVersion>]) async throws -> Result {
        let (listed, kept) = try await scope(repositories, versions)
        return try await database.read { db in
            let row = try db.first(
                """
                WITH freed AS (\(sql: files(in: listed, keeping: kept)))
                SELECT COUNT(*), CAST(COALESCE(SUM(a.size), 0) AS BIGINT) FROM artifact a WHERE a.id IN (SELECT artifact FROM freed)
                    AND NOT EXISTS (
                        SELECT 1 FROM content_artifact ca WHERE ca.artifact = a.id AND ca.id NOT IN (SELECT id FROM freed))
                """)
            return Result(artifacts: try row?.get(0) ?? 0, bytes: try row?.get(1) ?? 0)
        }
    }

    private func scope(
        _ repositories: [ID<Repository>], _ versions: [ID<RepositoryVersion>]
    ) async throws -> (listed: [Int64], kept: [Interval]) {
        try await database.read { db in
            (try repositories.map { try RepositoryRow.find($0, in: db).key }, try versions.map { try Self.interval($0, in: db) })
        }
    }

    private func files(in listed: [Int64], keeping kept: [Interval], after key: Int64 = 0) -> SQL {
        var versions = SQLRows([("repository", .integer), ("number", .integer)])
        for version in kept { versions.append([.integer(version.repository), .integer(version.number)]) }
        let isKept: SQL =
            kept.isEmpty
            ? ""
            : """
            AND NOT EXISTS (
                SELECT 1 FROM repository_content rc CROSS JOIN \(rows: versions, as: "k") WHERE rc.content = ca.content
                    AND rc.repository = k.repository AND rc.added <= k.number AND rc.removed > k.number)
            """
        return """
            SELECT ca.id, ca.artifact FROM content_artifact ca JOIN content c ON c.id = ca.content
            WHERE ca.id > \(key) AND ca.artifact IS NOT NULL AND c.type \(in: types)
                AND EXISTS (SELECT 1 FROM repository_content rc WHERE rc.content = ca.content AND rc.repository \(in: listed))
                AND NOT EXISTS (
                    SELECT 1 FROM repository_content rc WHERE rc.content = ca.content AND NOT (rc.repository \(in: listed)))
                \(sql: isKept)
                AND EXISTS (SELECT 1 FROM remote_artifact ra WHERE ra.content_artifact = ca.id)
                AND NOT EXISTS (SELECT 1 FROM published_file pf WHERE pf.artifact = ca.artifact)
            """
    }

    private struct Interval: Sendable {
        let repository: Int64
        let number: Int64
    }

    private static func interval(_ id: ID<RepositoryVersion>, in db: any SQLConnection) throws -> Interval {
        guard let row = try db.first("SELECT repository, number FROM repository_version WHERE uuid = \(id.uuid) AND complete") else {
            throw PulpError(.notFound, "there is no repository version \(id)")
        }
        return Interval(repository: try row.get(0), number: try row.get(1))
    }
}

/// Gives back the space of files that can be fetched again.
public struct ReclaimSpace: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.reclaim_space.reclaim_space"

    /// The repositories whose files may go.
    public var repositories: [ID<Repository>]
    /// Versions whose files stay.
    public var keepVersions: [ID<RepositoryVersion>]

    /// Whether to count only; nil for no.
    public var dryRun: Bool?

    /// A reclaim that keeps no version's files, unless some are named.
    public init(repositories: [ID<Repository>], keepVersions: [ID<RepositoryVersion>] = [], dryRun: Bool = false) {
        (self.repositories, self.keepVersions) = (repositories, keepVersions)
        self.dryRun = dryRun
    }

    /// The name `reclaim_space`, exclusively, and the repositories together with others that leave them as they are.
    public var locks: Locks { repositories.reduce(.exclusive(named: "reclaim_space")) { $0 + .shared($1) } }

    /// What came free, or would.
    public struct Output: Codable, Hashable, Sendable {
        /// How many artifacts went.
        public let artifacts: Int
        /// How many bytes they had.
        public let bytes: Int64
    }

    /// Frees files in batches; one that is canceled leaves the rest as it is.
    /// - Throws: ``PulpError`` with `notFound` when a repository or a version does not exist; nothing is freed then.
    public func run(in context: TaskContext) async throws -> Output {
        let pulp = context.pulp
        let types = pulp.plugins.flatMap(\.contents).filter { !$0.isProtectedFromReclaim }.map { $0.typeName }
        let reclaim = SpaceReclaim(database: pulp.database, store: pulp.store, types: types, progress: ProgressSink(context))
        let result =
            dryRun == true
            ? try await reclaim.count(repositories, keeping: keepVersions) : try await reclaim.run(repositories, keeping: keepVersions)
        return Output(artifacts: result.artifacts, bytes: result.bytes)
    }
}
