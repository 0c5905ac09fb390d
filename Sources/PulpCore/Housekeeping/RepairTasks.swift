/// Looks at all artifacts, and fetches again what is gone or damaged.
public struct RepairAllArtifacts: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.repository.repair_all_artifacts"

    /// Whether to read all bytes, or just to look at sizes.
    public var verifyChecksums: Bool

    /// A repair of everything, which reads all bytes unless it is told not to.
    public init(verifyChecksums: Bool = true) { self.verifyChecksums = verifyChecksums }

    /// The name `repair`, exclusively: one repair of everything runs at a time.
    public var locks: Locks { .exclusive(named: "repair") }

    /// Looks at every artifact of the store; damaged bytes that no remote can replace are removed, and do not end the task.
    public func run(in context: TaskContext) async throws -> RepairResult {
        try await context.repair(nil, verifyingChecksums: verifyChecksums)
    }
}

/// Looks at the artifacts of one version, and fetches again what is gone or damaged.
public struct RepairVersion: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.repository.repair_version"

    /// The version whose artifacts are looked at.
    public var version: ID<RepositoryVersion>
    /// The version's repository.
    public var repository: ID<Repository>
    /// Whether to read all bytes, or just to look at sizes.
    public var verifyChecksums: Bool

    /// A repair of one version, which reads all bytes unless it is told not to.
    public init(_ version: RepositoryVersion, verifyChecksums: Bool = true) {
        (self.version, repository, self.verifyChecksums) = (version.id, version.repository, verifyChecksums)
    }

    /// The repository, together with others that leave it as it is.
    public var locks: Locks { .shared(repository) }

    /// Looks at the artifacts of the version; damaged bytes that no remote can replace are removed, and do not end the task.
    public func run(in context: TaskContext) async throws -> RepairResult {
        try await context.repair(try await context.pulp.version(version), verifyingChecksums: verifyChecksums)
    }
}

/// What a repair found and did.
public struct RepairResult: Codable, Hashable, Sendable {
    /// Artifacts whose bytes were gone.
    public let missing: Int
    /// Artifacts whose bytes were damaged.
    public let corrupted: Int
    /// How many of both are whole again.
    public let repaired: Int
}

extension TaskContext {
    fileprivate func repair(_ version: RepositoryVersion?, verifyingChecksums: Bool) async throws -> RepairResult {
        let pulp = pulp
        let repair = ArtifactRepair(
            database: pulp.database, store: pulp.store, verifiesChecksums: verifyingChecksums,
            allowed: pulp.settings.allowedContentChecksums, progress: ProgressSink(self)
        ) { file, remote, staged in
            try await pulp.downloader.fetch(file, from: try await pulp.remoteSettings(forKey: remote), into: staged)
        }
        let result = try await repair.run(version)
        return RepairResult(missing: result.missing, corrupted: result.corrupted, repaired: result.repaired)
    }
}
