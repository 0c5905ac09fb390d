public import PulpCore

/// Where files are listed by a manifest: the URL is the manifest's.
public struct FileRemote: RemoteKind {
    /// Where to fetch from, and how.
    public var remote = RemoteSettings()

    /// A remote with every field at its default, and neither a name nor a URL.
    public init() {}
    /// A remote of which the rest is at its default; nothing is checked before it is stored.
    public init(name: String, url: String, policy: DownloadPolicy = .immediate) {
        remote = RemoteSettings(name: name, url: url, policy: policy)
    }

    /// `file.file`, at `remotes/file/file`.
    public static let schema = Schema<Self>(
        .remote, "file.file", model: "file.fileremote", path: "file/file", "A source of files that a manifest lists."
    ) {
        Embed(\.remote, RemoteSettings.fields)
    }
}

/// A repository of plain files.
public struct FileRepository: RepositoryKind {
    /// The name, the remote, and what is kept.
    public var repository = RepositorySettings()
    /// Whether each new version is published at once.
    public var autopublish = false
    /// The name of the manifest that publications have; nil for none.
    public var manifest: String? = "PULP_MANIFEST"

    /// A repository with every field at its default, and without a name.
    public init() {}
    /// A repository of which the rest is at its default; nothing is checked before it is stored.
    public init(name: String, autopublish: Bool = false) {
        repository = RepositorySettings(name: name)
        self.autopublish = autopublish
    }

    /// Files alone.
    public static var contents: [any ContentUnit.Type] { [FileContent.self] }

    /// `file.file`, at `repositories/file/file`.
    public static let schema = Schema<Self>(
        .repository, "file.file", model: "file.filerepository", path: "file/file", "A repository of files."
    ) {
        Embed(\.repository, RepositorySettings.fields)
        Field("autopublish", \.autopublish, "Whether to automatically create publications for new repository versions.")
        Field(
            "manifest", \.manifest, "Filename to use for manifest file containing metadata for all the files.", validate: checkManifestName)
    }

    /// Publishes the version, with the repository's manifest, when the repository publishes by itself.
    public static func onNewVersion(
        _ version: RepositoryVersion, of repository: Record<Self>, in context: TaskContext
    ) async throws {
        guard repository.value.autopublish else { return }
        _ = try await context.publishFiles(of: version, manifest: repository.value.manifest, checkpoint: false)
    }
}

/// A version of a file repository, with its manifest.
public struct FilePublication: PublicationKind {
    /// What is published, and how.
    public var publication = PublicationSettings()
    /// The name of the manifest; nil for none.
    public var manifest: String? = "PULP_MANIFEST"

    /// A publication that passes the files through, beside a manifest.
    public init() { publication.passThrough = true }

    /// `file.file`, at `publications/file/file`.
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
    /// Where it is served, and what.
    public var distribution = DistributionSettings()

    /// A distribution with every field at its default, and neither a name nor a base path.
    public init() {}

    /// - Parameter repository: what is served: its latest publication.
    public init(name: String, basePath: String, of repository: ID<FileRepository>? = nil) {
        distribution = DistributionSettings(name: name, basePath: basePath)
        distribution.repository = repository?.cast()
    }

    /// A version is served as it is, without a manifest, where there is no publication.
    public static var servesVersions: Bool { true }

    /// `file.file`, at `distributions/file/file`.
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
