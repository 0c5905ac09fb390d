public import PulpCore

/// Where files are listed by a manifest: the URL is the manifest's.
public struct FileRemote: RemoteKind {
    public var remote = RemoteSettings()

    public init() {}
    public init(name: String, url: String, policy: DownloadPolicy = .immediate) {
        remote = RemoteSettings(name: name, url: url, policy: policy)
    }

    public static let schema = Schema<Self>(
        .remote, "file.file", model: "file.fileremote", path: "file/file", "A source of files that a manifest lists."
    ) {
        Embed(\.remote, RemoteSettings.fields)
    }
}

/// A repository of plain files.
public struct FileRepository: RepositoryKind {
    public var repository = RepositorySettings()
    /// Whether each new version is published at once.
    public var autopublish = false
    /// The name of the manifest that publications have; nil for none.
    public var manifest: String? = "PULP_MANIFEST"

    public init() {}
    public init(name: String, autopublish: Bool = false) {
        repository = RepositorySettings(name: name)
        self.autopublish = autopublish
    }

    public static var contents: [any ContentUnit.Type] { [FileContent.self] }

    public static let schema = Schema<Self>(
        .repository, "file.file", model: "file.filerepository", path: "file/file", "A repository of files."
    ) {
        Embed(\.repository, RepositorySettings.fields)
        Field("autopublish", \.autopublish, "Whether to automatically create publications for new repository versions.")
        Field(
            "manifest", \.manifest, "Filename to use for manifest file containing metadata for all the files.", validate: checkManifestName)
    }

    public static func onNewVersion(
        _ version: RepositoryVersion, of repository: Record<Self>, in context: TaskContext
    ) async throws {
        guard repository.value.autopublish else { return }
        _ = try await context.publishFiles(of: version, manifest: repository.value.manifest, checkpoint: false)
    }
}

/// A version of a file repository, with its manifest.
public struct FilePublication: PublicationKind {
    public var publication = PublicationSettings()
    /// The name of the manifest; nil for none.
    public var manifest: String? = "PULP_MANIFEST"

    public init() { publication.passThrough = true }

    public static let schema = Schema<Self>(
        .publication, "file.file", model: "file.filepublication", path: "file/file", "A published version of a file repository."
    ) {
        Embed(\.publication, PublicationSettings.fields)
        Field(
            "manifest", \.manifest, "Filename to use for manifest file containing metadata for all the files.", validate: checkManifestName)
    }
}

/// Where a file repository is served.
public struct FileDistribution: DistributionKind {
    public var distribution = DistributionSettings()

    public init() {}

    /// - Parameter repository: what is served: its latest publication.
    public init(name: String, basePath: String, of repository: ID<FileRepository>? = nil) {
        distribution = DistributionSettings(name: name, basePath: basePath)
        distribution.repository = repository?.cast()
    }

    public static var servesVersions: Bool { true }

    public static let schema = Schema<Self>(
        .distribution, "file.file", model: "file.filedistribution", path: "file/file", "Where a file repository is served."
    ) {
        Embed(\.distribution, DistributionSettings.fields)
    }
}

private let checkManifestName: @Sendable (String?) throws(InvalidField) -> Void = { (name) throws(InvalidField) in
    guard let name else { return }
    _ = try RelativePath(json: .string(name))
}
