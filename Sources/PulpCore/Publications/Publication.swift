/// Any kind of publication, seen through what all of them know.
public struct Publication: Referable {
    /// The table of publications.
    public static let table = ResourceTable.publication
}

/// What every kind of publication knows.
public struct PublicationSettings: Sendable, Hashable {
    /// What is published.
    public var repositoryVersion: ID<RepositoryVersion>?
    /// Whether each unit's file is served at the path that the unit itself gives it.
    public var passThrough = false
    /// Whether it is served, for good, under the moment it was made.
    public var checkpoint = false

    /// Settings that publish nothing yet, without the units' files, and not for good.
    public init() {}

    /// The fields that every kind of publication has.
    public static let fields: [Field<Self>] = [
        Field(
            "repository_version", \.repositoryVersion, "The version that is published.", [.column, .writeOnce, .nonNull], lookups: .equality
        ),
        Field("pass_through", \.passThrough, "Whether the units' files are served at their own paths.", [.column, .internal]),
        Field("checkpoint", \.checkpoint, "Whether the publication is a checkpoint.", [.column, .writeOnce], lookups: .equality),
    ]
}

/// A plugin's kind of publication.
public protocol PublicationKind: Resource, Referable {
    /// What the kind shares with all others.
    var publication: PublicationSettings { get set }
}

extension PublicationKind {
    /// The table of publications.
    public static var table: ResourceTable { .publication }
}
