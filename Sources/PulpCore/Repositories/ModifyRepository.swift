/// Makes a repository's next version by removing and adding units, in this order.
public struct ModifyRepository: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.repository.add_and_remove"

    /// Which units go.
    public enum Removal: Sendable, Codable, Hashable {
        case units([ID<Content>])
        case everything
    }

    /// The repository that gets a version.
    public var repository: ID<Repository>
    /// Units that come, after others went.
    public var add: [ID<Content>]
    /// Units that go, before others come.
    public var remove: Removal
    /// The version to start from; nil for the latest.
    public var base: ID<RepositoryVersion>?
    /// Whether an added unit may take the place of one with the same repository key.
    public var overwrite: Bool
    /// The repository, exclusively.
    public var locks: Locks { .exclusive(repository) }

    /// A change of the latest version, unless another base is given; whether all of it exists is found out when the task runs.
    public init(
        _ repository: ID<some RepositoryKind>, add: [ID<Content>] = [], remove: Removal = .units([]),
        base: ID<RepositoryVersion>? = nil, overwrite: Bool = true
    ) {
        (self.repository, self.add, self.remove) = (repository.cast(), add, remove)
        (self.base, self.overwrite) = (base, overwrite)
    }

    /// - Returns: the new version; nil when nothing changed.
    public func run(in context: TaskContext) async throws -> RepositoryVersion? {
        let pulp = context.pulp
        var base: RepositoryVersion?
        if let id = self.base { base = try await pulp.version(id) }
        let version = try await pulp.newVersion(of: repository, basedOn: base, overwrite: overwrite) { draft in
            switch remove {
            case .units(let units): try await draft.remove(units)
            case .everything: try await draft.removeAll()
            }
            try await draft.add(add)
        }
        if let version { try await context.created(version.id) }
        try await context.didChange(repository)
        return version
    }
}

extension TaskContext {
    /// Lets a repository's kind act on its latest version, unless that is published already: publish it where the repository says so.
    ///
    /// Called whether or not there is a new version: a task before may have been stopped between making one and publishing it.
    public func didChange<R>(_ repository: ID<R>) async throws {
        let version = try await pulp.latestVersion(of: repository)
        guard version.number > 0, try await !pulp.isPublished(version) else { return }
        let type = try await pulp.database.read { db in try RepositoryRow.find(version.repository, in: db).type }
        guard let kind = pulp.plugins.lazy.flatMap(\.repositories).first(where: { $0.typeName == type }) else { return }
        try await notify(kind, version)
    }

    private func notify<R: RepositoryKind>(_ kind: R.Type, _ version: RepositoryVersion) async throws {
        let id: ID<R> = version.repository.cast()
        let record = try await pulp.database.read { db in try pulp.resources.find(id, in: db) }
        guard let record else { throw PulpError(.notFound, "there is no repository \(id)") }
        try await R.onNewVersion(version, of: record, in: self)
    }
}
