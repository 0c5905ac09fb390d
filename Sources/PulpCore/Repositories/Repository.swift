/// Any kind of repository, seen through what all of them know.
public struct Repository: Referable {
    /// The table of repositories.
    public static let table = ResourceTable.repository
}

/// What every kind of repository knows.
public struct RepositorySettings: Sendable, Hashable {
    /// Unique among the repositories of a domain, and not empty.
    public var name = ""
    /// What the repository is for, in the words of who made it.
    public var description: String?
    /// Where a sync that names no remote fetches from.
    public var remote: ID<Remote>?
    /// How many complete versions to keep; nil keeps all.
    public var retainRepoVersions: Int?
    /// How many checkpoint publications to keep; nil keeps all.
    public var retainCheckpoints: Int?
    /// Names and values that users put on the repository.
    public var labels = Labels()

    /// Settings of which the rest is at its default; nothing is checked before they are stored.
    public init(name: String = "") { self.name = name }

    /// The fields that every kind of repository has.
    public static let fields: [Field<Self>] = [
        Field("name", \.name, "A unique name for this repository.", [.required, .unique, .column], lookups: .text) {
            (name) throws(InvalidField) in
            guard !name.isEmpty else { throw InvalidField("This field may not be blank.") }
        },
        Field("description", \.description, "An optional description.", .column),
        Field("remote", \.remote, "An optional remote to use by default when syncing.", .column, lookups: .equality),
        Field(
            "retain_repo_versions", \.retainRepoVersions, "How many versions of this repository to keep.", .column, lookups: .comparable,
            validate: atLeastOne),
        Field(
            "retain_checkpoints", \.retainCheckpoints, "How many checkpoint publications of this repository to keep.", .column,
            lookups: .comparable, validate: atLeastOne),
        Field("pulp_labels", \.labels, "Labels.", .column),
    ]

    private static let atLeastOne: @Sendable (Int?) throws(InvalidField) -> Void = { (number) throws(InvalidField) in
        if let number, number < 1 { throw InvalidField("Ensure this value is greater than or equal to 1.") }
    }
}

/// A plugin's kind of repository.
public protocol RepositoryKind: Resource, Referable {
    /// What the kind shares with all others.
    var repository: RepositorySettings { get set }
    /// The kinds of content that its versions may hold.
    static var contents: [any ContentUnit.Type] { get }
    /// Runs in the task that sealed a new version, after it: publishes it where the repository says so.
    static func onNewVersion(_ version: RepositoryVersion, of repository: Record<Self>, in context: TaskContext) async throws
}

extension RepositoryKind {
    /// The table of repositories.
    public static var table: ResourceTable { .repository }
    /// Does nothing.
    public static func onNewVersion(_ version: RepositoryVersion, of repository: Record<Self>, in context: TaskContext) async throws {}
}
