internal import NIOCore
public import PulpCore

/// Publishes a version of a file repository, with a manifest of its own.
public struct PublishFiles: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulp_file.app.tasks.publishing.publish"

    /// The repository of the version.
    public var repository: ID<FileRepository>
    /// The number of the version; nil for the latest.
    public var version: Int?
    /// The name of the manifest; nil for none.
    public var manifest: String?
    /// Whether the publication is served, for good, under the moment it was made.
    public var checkpoint: Bool
    /// The repository, together with others that leave it as it is.
    public var locks: Locks { .shared(repository) }

    /// A publication of the latest version, with the usual manifest, unless more is said.
    public init(
        _ repository: ID<FileRepository>, version: Int? = nil, manifest: String? = "PULP_MANIFEST", checkpoint: Bool = false
    ) {
        (self.repository, self.version) = (repository, version)
        (self.manifest, self.checkpoint) = (manifest, checkpoint)
    }

    /// - Returns: the publication's id.
    public func run(in context: TaskContext) async throws -> ID<FilePublication> {
        guard version == nil || !checkpoint else {
            throw PulpError(.invalid, "A checkpoint is made of a repository's latest version: it cannot name another.")
        }
        let published =
            if let version {
                try await context.pulp.version(version, of: repository)
            } else {
                try await context.pulp.latestVersion(of: repository)
            }
        return try await context.publishFiles(of: published, manifest: manifest, checkpoint: checkpoint).id
    }
}

extension TaskContext {
    /// Publishes a version with a manifest that lists its files by path; the same version gives the same bytes.
    func publishFiles(
        of version: RepositoryVersion, manifest: String?, checkpoint: Bool
    ) async throws -> Record<FilePublication> {
        var publication = FilePublication()
        publication.manifest = manifest
        publication.publication.checkpoint = checkpoint
        let record = try await pulp.publish(publication, of: version) { writer in
            guard let manifest else { return }
            let path = try RelativePath(manifest)
            let staged = try await writer.stage()
            writer.add(staged, at: path)
            try await pulp.forEachFile(in: version) { files in
                var lines = ByteBuffer()
                for file in files where file.relativePath != path {
                    guard let digest = file.sha256, let size = file.size else {
                        throw PulpError(.publishing, "nobody says the digest and the size of \(file.relativePath)")
                    }
                    lines.writeString(ManifestEntry(path: file.relativePath, digest: digest, size: size).line)
                }
                try await staged.write(lines)
            }
        }
        try await created(record.id)
        return record
    }
}
