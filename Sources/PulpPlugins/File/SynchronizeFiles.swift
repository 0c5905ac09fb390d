public import PulpCore

/// Brings a file repository in line with its remote's manifest.
public struct SynchronizeFiles: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulp_file.app.tasks.synchronizing.synchronize"

    /// The repository that gets a version.
    public var repository: ID<FileRepository>
    /// Where the manifest and the files are.
    public var remote: ID<FileRemote>
    /// Whether units that the manifest does not list go, and the upstream manifest is published as it is.
    public var mirror: Bool
    /// Whether to do nothing when nothing changed upstream, or here.
    public var optimize: Bool
    /// The repository, exclusively, and the remote together with others that leave it as it is.
    public var locks: Locks { .exclusive(repository) + .shared(remote) }

    /// A sync that adds, and stops early when nothing changed, unless more is said.
    public init(_ repository: ID<FileRepository>, from remote: ID<FileRemote>, mirror: Bool = false, optimize: Bool = true) {
        (self.repository, self.remote) = (repository, remote)
        (self.mirror, self.optimize) = (mirror, optimize)
    }

    /// What decides whether a sync would change anything.
    private struct Note: Codable, Equatable {
        var manifest: String
        var remote: String
        var url: String
        var policy: String
        var mirror: Bool
        var version: Int

        /// Pulp's own names: the API shows the note as `last_sync_details`.
        private enum CodingKeys: String, CodingKey {
            case manifest = "manifest_checksum"
            case remote = "remote_pk"
            case policy = "download_policy"
            case version = "most_recent_version"
            case url, mirror
        }
    }

    /// - Returns: the new version; nil when nothing changed.
    public func run(in context: TaskContext) async throws -> RepositoryVersion? {
        let pulp = context.pulp
        let repository = try await pulp.get(repository)
        let remote = try await pulp.get(remote)
        guard !(mirror && repository.value.autopublish) else {
            throw PulpError(.invalid, "Cannot use mirror mode with autopublished repository.")
        }
        return try await context.withIndex(of: remote) { try await run(in: context, repository, remote, $0) }
    }

    private func run(
        in context: TaskContext, _ repository: Record<FileRepository>, _ remote: Record<FileRemote>, _ manifest: FetchedIndex
    ) async throws -> RepositoryVersion? {
        let pulp = context.pulp
        let settings = remote.value.remote
        var note = Note(
            manifest: manifest.description.sha256.hex, remote: remote.id.uuid, url: settings.url, policy: settings.policy.rawValue,
            mirror: mirror, version: try await pulp.latestVersion(of: repository.id).number)
        let last: Note? = try await pulp.lastSync(of: repository.id)
        if optimize, last == note {
            await context.progress("sync.was_skipped", "Skipping Sync (no change from previous sync)", done: 1, total: 1)
            return nil
        }
        let units = manifest.units { [url = manifest.url] in try ManifestEntry(line: $0).declared(below: url) }
        let version = try await context.synchronize(repository, with: units, from: remote, mirror: mirror)
        let current = if let version { version } else { try await pulp.latestVersion(of: repository.id) }
        note.version = current.number
        let isPublished = try await pulp.isPublished(current)
        if !mirror {
            try await context.didChange(repository.id)
        } else if !isPublished || last?.manifest != note.manifest {
            // Not only a new version: a manifest that lists the same files otherwise than before is taken over too.
            try await publish(manifest.staged, of: current, named: repository.value.manifest ?? "PULP_MANIFEST", in: context)
        }
        try await pulp.noteSync(of: repository.id, note)
        return version
    }

    /// The upstream manifest, byte for byte.
    private func publish(
        _ manifest: any StagedArtifact, of version: RepositoryVersion, named name: String, in context: TaskContext
    ) async throws {
        var publication = FilePublication()
        publication.manifest = name
        let path = try RelativePath(name)
        let record = try await context.pulp.publish(publication, of: version) { $0.add(manifest, at: path) }
        try await context.created(record.id)
    }
}
