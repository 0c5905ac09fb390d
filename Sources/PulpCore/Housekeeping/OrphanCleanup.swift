/// Deletes what nothing uses any more.
public struct OrphanCleanup: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.orphan.orphan_cleanup"

    /// How long something unused is kept, in minutes; nil for the configured time.
    ///
    /// Uses are written down once an hour.
    public var protectionTime: Int?
    /// Only these units; nil for all.
    public var contentIDs: [ID<Content>]?
    /// Whether to count only.
    public var dryRun: Bool

    /// A clean-up of everything that was unused for the configured time, unless more is said.
    public init(protectionTime: Int? = nil, contentIDs: [ID<Content>]? = nil, dryRun: Bool = false) {
        (self.protectionTime, self.contentIDs, self.dryRun) = (protectionTime, contentIDs, dryRun)
    }

    /// The name `orphans`, exclusively: one clean-up runs at a time.
    public var locks: Locks { .exclusive(named: "orphans") }

    /// What was deleted, or would be.
    public struct Output: Codable, Hashable, Sendable {
        /// How many units.
        public let content: Int
        /// How many artifacts.
        public let artifacts: Int
        /// How many bytes the artifacts have.
        public let bytes: Int64
    }

    /// Deletes in batches; one that is canceled leaves the rest for the next.
    public func run(in context: TaskContext) async throws -> Output {
        let pulp = context.pulp
        let protection = try protectionTime.map { try Duration(protectionMinutes: $0) } ?? pulp.settings.orphanProtectionTime
        let sweep = OrphanSweep(
            database: pulp.database, store: pulp.store, cutoff: .now - protection, progress: ProgressSink(context))
        let result = dryRun ? try await sweep.count(ids: contentIDs) : try await sweep.run(ids: contentIDs)
        if !dryRun { try await pulp.database.write { db in try RoleBindings.forgetVanished(under: pulp.rules, in: db) } }
        return Output(content: result.content, artifacts: result.artifacts, bytes: result.bytes)
    }
}

/// Removes uploads that nobody went on with.
public struct UploadCleanup: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.orphan.upload_cleanup"

    /// How long an upload may lie still, in minutes.
    public var protectionTime: Int

    /// A clean-up of uploads that lay still for so many minutes.
    public init(protectionTime: Int) { self.protectionTime = protectionTime }

    /// None: an upload that is in use is not old.
    public var locks: Locks { .none }

    /// - Returns: how many uploads were removed.
    public func run(in context: TaskContext) async throws -> Int {
        let count = try await context.pulp.uploads.sweep(olderThan: .now - Duration(protectionMinutes: protectionTime))
        await context.progress("clean-up.uploads", "Clean up uploads", done: count, total: count)
        return count
    }
}

/// Makes an upload an artifact.
public struct CommitUpload: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.upload.commit"

    /// The upload, which goes when its artifact is there.
    public var upload: ID<Upload>
    /// In hexadecimal digits.
    public var sha256: String

    /// The making of an artifact whose digest must be this one.
    public init(upload: ID<Upload>, sha256: SHA256Digest) { (self.upload, self.sha256) = (upload, sha256.hex) }

    /// The upload, exclusively.
    public var locks: Locks { .exclusive(upload) }

    /// Puts the chunks together.
    /// - Returns: the artifact's id.
    /// - Throws: ``PulpError`` with `notFound` when there is no such upload, with `invalid` when chunks are missing, with
    ///   `digestMismatch` when the bytes are others; the upload is then as it was.
    public func run(in context: TaskContext) async throws -> ID<Artifact> {
        let digest: SHA256Digest
        do { digest = try SHA256Digest(hex: sha256) } catch { throw PulpError(.invalid, error.message) }
        let artifact = try await context.pulp.uploads.commit(upload, sha256: digest)
        try await context.created(artifact.id)
        return artifact.id
    }
}

extension Duration {
    /// A time for which something is safe from a clean-up.
    /// - Throws: ``PulpError`` when it is negative or longer than any clock runs.
    fileprivate init(protectionMinutes minutes: Int) throws {
        guard (0...1 << 32).contains(minutes) else {
            throw PulpError(.invalid, "a protection time of \(minutes) minutes is not between 0 and \(1 << 32)")
        }
        self = .seconds(60 * minutes)
    }
}
