/// Everything that a content type adds to Pulp, as one value.
///
/// ```swift
/// let pulp = try await Pulp(at: "./pulp-data", plugins: [.file, .recipe])
/// ```
public struct Plugin: Sendable {
    /// The short name: the first part of its kinds' types (`file` of `file.file`).
    public let name: String
    /// The plugin's own version, as `status` shows it.
    public let version: String
    /// The kinds of unit that it brings.
    public let contents: [any ContentUnit.Type]
    /// The kinds of remote that it brings.
    public let remotes: [any RemoteKind.Type]
    /// The kinds of repository that it brings.
    public let repositories: [any RepositoryKind.Type]
    /// The kinds of publication that it brings.
    public let publications: [any PublicationKind.Type]
    /// The kinds of distribution that it brings.
    public let distributions: [any DistributionKind.Type]
    /// The kinds of content guard that it brings.
    public let contentGuards: [any ContentGuardKind.Type]
    /// The kinds of task that it brings; one that is missing here cannot be dispatched.
    public let tasks: [any TaskDefinition.Type]

    /// A plugin of these kinds; what does not fit together is refused when a ``Pulp`` is opened with it.
    public init(
        _ name: String, version: String,
        contents: [any ContentUnit.Type] = [], remotes: [any RemoteKind.Type] = [],
        repositories: [any RepositoryKind.Type] = [], publications: [any PublicationKind.Type] = [],
        distributions: [any DistributionKind.Type] = [], contentGuards: [any ContentGuardKind.Type] = [],
        tasks: [any TaskDefinition.Type] = []
    ) {
        (self.name, self.version, self.contents, self.remotes) = (name, version, contents, remotes)
        (self.repositories, self.publications, self.distributions) = (repositories, publications, distributions)
        (self.contentGuards, self.tasks) = (contentGuards, tasks)
    }

    /// A plugin for one kind of unit whose remotes, repositories, publications and distributions have no fields of their own:
    /// ``PlainRemote`` and its like.
    public init<Unit: ContentUnit>(_ name: String, version: String, for unit: Unit.Type, tasks: [any TaskDefinition.Type]) {
        self.init(
            name, version: version, contents: [unit], remotes: [PlainRemote<Unit>.self], repositories: [PlainRepository<Unit>.self],
            publications: [PlainPublication<Unit>.self], distributions: [PlainDistribution<Unit>.self], tasks: tasks)
    }
}
