public import PulpCore

extension FileRepository: SynchronizedRepository {
    public static func synchronization(
        of repository: ID<Self>, from remote: ID<FileRemote>, mirror: Bool, optimize: Bool
    ) -> SynchronizeFiles {
        SynchronizeFiles(repository, from: remote, mirror: mirror, optimize: optimize)
    }
}

extension FileRepository: PublishedRepository {
    public static func publishing(of repository: ID<Self>, version: Int?, as options: FilePublication) -> PublishFiles {
        PublishFiles(repository, version: version, manifest: options.manifest, checkpoint: options.publication.checkpoint)
    }

    public static func defaultPublication(of repository: Self) -> FilePublication {
        var publication = FilePublication()
        publication.manifest = repository.manifest
        return publication
    }
}

extension FileContent: UploadedUnit {
    public init(artifact: Artifact, relativePath: RelativePath) {
        self.init(relativePath: relativePath, digest: artifact.sha256)
    }
}
