/// Makes a file a unit of content, or finds the unit that it is already, and adds it to a repository.
public struct CreateContent: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.base.general_create"
    /// It may run where it is dispatched; only where the bytes are here and no repository changes is it sure to be short.
    public static let isImmediate = true

    /// The kind of unit: `file.file`.
    public var type: String
    /// Where the bytes come from.
    public var source: ContentSource
    /// Where the unit puts its file; it must be a ``RelativePath``.
    public var relativePath: String
    /// Where the unit is added; nil for nowhere.
    public var repository: ID<Repository>?
    /// Whether it may take the place of a unit with the same repository key.
    public var overwrite: Bool
    /// The labels that the unit gets, in place of those that it may have; nil leaves it with these.
    public var labels: JSON?
    /// The repository and the upload, exclusively, where there are any.
    public var locks: Locks { (repository.map { .exclusive($0) } ?? .none) + source.locks }

    /// The making of a unit; whether the source and the repository exist is found out when the task runs.
    public init<Unit: UploadedUnit>(
        _ kind: Unit.Type, from source: ContentSource, at path: RelativePath, in repository: ID<Repository>? = nil, overwrite: Bool = true,
        labels: Labels? = nil
    ) {
        (type, self.source, relativePath) = (Unit.schema.type, source, path.description)
        (self.repository, self.overwrite, self.labels) = (repository, overwrite, labels?.json)
    }

    /// The making of a unit from bytes that are here already.
    public init<Unit: UploadedUnit>(
        _ kind: Unit.Type, of artifact: ID<Artifact>, at path: RelativePath, in repository: ID<Repository>? = nil, overwrite: Bool = true
    ) {
        self.init(kind, from: .artifact(artifact), at: path, in: repository, overwrite: overwrite)
    }

    /// - Returns: the unit's id.
    public func run(in context: TaskContext) async throws -> ID<Content> {
        let kind = context.pulp.plugins.lazy.flatMap(\.contents).first { $0.typeName == type }
        guard let kind = kind as? any UploadedUnit.Type else {
            throw PulpError(.invalid, "content of type \(type) is not made from a file")
        }
        let unit = try await create(kind, context.pulp)
        try await context.created(unit)
        guard let repository else { return unit }
        let version = try await context.pulp.newVersion(of: repository, overwrite: overwrite) { try await $0.add([unit]) }
        if let version { try await context.created(version.id) }
        try await context.didChange(repository)
        return unit
    }

    private func create<Unit: UploadedUnit>(_ kind: Unit.Type, _ pulp: Pulp) async throws -> ID<Content> {
        let path = try RelativePath(relativePath)
        let labels: Labels?
        do { labels = try Labels?(json: self.labels ?? .null) } catch { throw ValidationError("pulp_labels", error.message) }
        return try await pulp.createUnit(kind, from: source, at: path, labels: labels)
    }
}
