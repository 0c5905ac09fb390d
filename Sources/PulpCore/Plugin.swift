/// Everything that a content type adds to Pulp, as one value.
///
/// ```swift
/// let pulp = try await Pulp(at: "./pulp-data", plugins: [.file, .recipe])
/// ```
public struct Plugin: Sendable {
    /// The short name: the first part of its kinds' types (`file` of `file.file`).
    public let name: String
    public let version: String
    public let contents: [any ContentUnit.Type]
    public let remotes: [any RemoteKind.Type]
    public let repositories: [any RepositoryKind.Type]
    public let publications: [any PublicationKind.Type]
    public let distributions: [any DistributionKind.Type]
    public let tasks: [any TaskDefinition.Type]

    public init(
        _ name: String, version: String,
        contents: [any ContentUnit.Type] = [], remotes: [any RemoteKind.Type] = [],
        repositories: [any RepositoryKind.Type] = [], publications: [any PublicationKind.Type] = [],
        distributions: [any DistributionKind.Type] = [], tasks: [any TaskDefinition.Type] = []
    ) {
        (self.name, self.version, self.contents, self.remotes) = (name, version, contents, remotes)
        (self.repositories, self.publications, self.distributions) = (repositories, publications, distributions)
        self.tasks = tasks
    }

    /// A plugin for one kind of unit whose remotes, repositories, publications and distributions have no fields of their own:
    /// ``PlainRemote`` and its like.
    public init<Unit: ContentUnit>(_ name: String, version: String, for unit: Unit.Type, tasks: [any TaskDefinition.Type]) {
        self.init(
            name, version: version, contents: [unit], remotes: [PlainRemote<Unit>.self], repositories: [PlainRepository<Unit>.self],
            publications: [PlainPublication<Unit>.self], distributions: [PlainDistribution<Unit>.self], tasks: tasks)
    }
}
