/// A kind of repository that a kind of remote fills: what gives it a `sync`.
public protocol SynchronizedRepository: RepositoryKind {
    associatedtype Source: RemoteKind
    associatedtype Synchronization: TaskDefinition where Synchronization.Output == RepositoryVersion?

    /// The task that brings a repository in line with a remote. Its output is the new version; nil when nothing changed.
    /// - Parameters:
    ///   - mirror: whether units that the remote does not have go.
    ///   - optimize: whether to do nothing when nothing changed there, or here.
    static func synchronization(
        of repository: ID<Self>, from remote: ID<Source>, mirror: Bool, optimize: Bool
    ) -> Synchronization
}

/// A kind of repository whose versions are published.
public protocol PublishedRepository: RepositoryKind {
    associatedtype Product: PublicationKind
    associatedtype Publishing: TaskDefinition where Publishing.Output == ID<Product>

    /// The task that publishes a version.
    /// - Parameters:
    ///   - version: its number; nil for the latest.
    ///   - options: what the publication is to be; its version is not looked at.
    static func publishing(of repository: ID<Self>, version: Int?, as options: Product) -> Publishing

    /// What a publication of the repository is, where nobody says otherwise.
    static func defaultPublication(of repository: Self) -> Product
}
