public import NIOCore
internal import Synchronization

/// Collects what a publication serves besides its units' files; nothing is visible before the publication is complete.
public final class PublicationWriter: Sendable {
    struct File: Sendable {
        let path: RelativePath
        let staged: any StagedArtifact
    }

    private let pulp: Pulp
    private let collected = Mutex<[File]>([])

    init(pulp: Pulp) { self.pulp = pulp }

    var files: [File] { collected.withLock { $0 } }

    /// Opens a file of metadata for writing, which belongs to the publication once ``add(_:at:)`` was called.
    public func stage() async throws -> any StagedArtifact {
        try await pulp.store.stage(pulp.settings.allowedContentChecksums)
    }

    /// Puts a file at a path.
    /// - Precondition: the path is used once.
    public func add(_ staged: any StagedArtifact, at path: RelativePath) {
        collected.withLock { $0.append(File(path: path, staged: staged)) }
    }

    /// Puts a small file at a path.
    public func write(_ bytes: ByteBuffer, at path: RelativePath) async throws {
        let staged = try await stage()
        try await staged.write(bytes)
        add(staged, at: path)
    }
}
