public import PulpCore

extension FileRepository: SynchronizedRepository {
    /// A sync from the remote's manifest.
    public static func synchronization(
        of repository: ID<Self>, from remote: ID<FileRemote>, mirror: Bool, optimize: Bool
    ) -> SynchronizeFiles {
        SynchronizeFiles(repository, from: remote, mirror: mirror, optimize: optimize)
    }
}

extension FileRepository: PublishedRepository {
    /// A publication of a version, or of the latest one; of the options, the manifest and whether it is a checkpoint count.
    public static func publishing(of repository: ID<Self>, version: Int?, as options: FilePublication) -> PublishFiles {
        PublishFiles(repository, version: version, manifest: options.manifest, checkpoint: options.publication.checkpoint)
    }

    /// A publication with the manifest that the repository names.
    public static func defaultPublication(of repository: Self) -> FilePublication {
        var publication = FilePublication()
        publication.manifest = repository.manifest
        return publication
    }
}

extension FileContent: UploadedUnit {
    /// The unit that a file at a path is; every file is one.
    public init(artifact: Artifact, relativePath: RelativePath) {
        self.init(relativePath: relativePath, digest: artifact.sha256)
    }
}
