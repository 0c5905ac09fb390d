/// Deletes what nothing uses any more.
public struct OrphanCleanup: TaskDefinition {
    public static let name = "pulpcore.app.tasks.orphan.orphan_cleanup"

    /// How long something unused is kept, in minutes; nil for the configured time. Uses are written down once an hour.
    public var protectionTime: Int?
    /// Only these units; nil for all.
    public var contentIDs: [ID<Content>]?
    /// Whether to count only.
    public var dryRun: Bool

    public init(protectionTime: Int? = nil, contentIDs: [ID<Content>]? = nil, dryRun: Bool = false) {
        (self.protectionTime, self.contentIDs, self.dryRun) = (protectionTime, contentIDs, dryRun)
    }

    public var locks: Locks { .exclusive(named: "orphans") }

    /// What was deleted, or would be.
    public struct Output: Codable, Hashable, Sendable {
        public let content: Int
        public let artifacts: Int
        public let bytes: Int64
    }

    public func run(in context: TaskContext) async throws -> Output {
        let pulp = context.pulp
        let protection = protectionTime.map { Duration.seconds(60 * $0) } ?? pulp.settings.orphanProtectionTime
        let sweep = OrphanSweep(
            database: pulp.database, store: pulp.store, cutoff: .now - protection, progress: ProgressSink(context))
        let result = dryRun ? try await sweep.count(ids: contentIDs) : try await sweep.run(ids: contentIDs)
        return Output(content: result.content, artifacts: result.artifacts, bytes: result.bytes)
    }
}

/// Removes uploads that nobody went on with.
public struct UploadCleanup: TaskDefinition {
    public static let name = "pulpcore.app.tasks.orphan.upload_cleanup"

    /// How long an upload may lie still, in minutes.
    public var protectionTime: Int

    public init(protectionTime: Int) { self.protectionTime = protectionTime }

    public var locks: Locks { .none }

    /// - Returns: how many uploads were removed.
    public func run(in context: TaskContext) async throws -> Int {
        let count = try await context.pulp.uploads.sweep(olderThan: .now - .seconds(60 * protectionTime))
        await context.progress("clean-up.uploads", "Clean up uploads", done: count, total: count)
        return count
    }
}

/// Makes an upload an artifact.
public struct CommitUpload: TaskDefinition {
    public static let name = "pulpcore.app.tasks.upload.commit"

    public var upload: ID<Upload>
    /// In hexadecimal digits.
    public var sha256: String

    public init(upload: ID<Upload>, sha256: SHA256Digest) { (self.upload, self.sha256) = (upload, sha256.hex) }

    public var locks: Locks { .exclusive(upload) }

    public func run(in context: TaskContext) async throws -> ID<Artifact> {
        let digest: SHA256Digest
        do { digest = try SHA256Digest(hex: sha256) } catch { throw PulpError(.invalid, error.message) }
        let artifact = try await context.pulp.uploads.commit(upload, sha256: digest)
        try await context.created(artifact.id)
        return artifact.id
    }
}
