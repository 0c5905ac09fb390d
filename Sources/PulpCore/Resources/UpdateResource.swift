/// Changes the fields of a remote, a repository, a distribution or another resource, once nobody uses it.
public struct UpdateResource: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.base.ageneral_update"
    /// It is one transaction.
    public static let isImmediate = true

    /// The PRN of what is to be changed.
    public var prn: String
    /// The fields to change, with PRNs for other resources.
    public var body: JSON
    /// Whether the body must have all that is required, as in an HTTP PUT.
    public var isReplacement: Bool
    /// What is to be changed, exclusively.
    public var locks: Locks { Locks(exclusive: [prn]) }

    /// A change of one resource; whether it exists, and whether the body is right, is found out when the task runs.
    public init<R: Resource>(_ id: ID<R>, _ body: JSON.Object, isReplacement: Bool = false) {
        (prn, self.body, self.isReplacement) = (id.prn, .object(body), isReplacement)
    }

    /// - Returns: the PRN.
    /// - Throws: ``PulpError`` with `notFound`, ``ValidationError`` with everything that is wrong; nothing is changed then.
    public func run(in context: TaskContext) async throws -> String {
        try await update(try context.pulp.kind(ofPRN: prn), context.pulp)
        return prn
    }

    private func update<R: Resource>(_ kind: R.Type, _ pulp: Pulp) async throws {
        guard case .object(let body) = body else { throw PulpError(.invalid, "the change of \(prn) is no object") }
        let change: FieldChange = isReplacement ? .replace : .update
        try await pulp.database.write { db in
            guard var record = try pulp.resources.find(ID<R>(prn: prn), in: db) else {
                throw PulpError(.notFound, "there is no \(prn)")
            }
            try R.schema.apply(body, to: &record.value, change)
            try pulp.resources.update(record, in: db)
        }
    }
}

/// Makes a resource, for who wants to wait for it as for any other task.
public struct CreateResource: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.base.ageneral_create"
    /// It is one transaction.
    public static let isImmediate = true

    /// The model of the resource: `file.filedistribution`.
    public var model: String
    /// The fields, with PRNs for other resources.
    public var body: JSON
    /// None: the database keeps two from taking one name or base path.
    public var locks: Locks { .none }

    /// The making of a resource of a kind; whether the body is right is found out when the task runs.
    public init<R: Resource>(_ kind: R.Type, _ body: JSON.Object) { (model, self.body) = (R.schema.model, .object(body)) }

    /// - Returns: the PRN of the new resource.
    /// - Throws: ``ValidationError`` with everything that is wrong; nothing is made then.
    public func run(in context: TaskContext) async throws -> String {
        let prn = try await create(try context.pulp.kind(ofPRN: "prn:\(model):"), context.pulp)
        try await context.created(ID<Empty>(prn: prn))
        return prn
    }

    private func create<R: Resource>(_ kind: R.Type, _ pulp: Pulp) async throws -> String {
        guard case .object(let body) = body else { throw PulpError(.invalid, "the new \(R.schema.type) is no object") }
        var value = R()
        try R.schema.apply(body, to: &value, .create)
        return try await pulp.create(value).id.prn
    }
}

extension Pulp {
    /// The kind of resource that a PRN names.
    /// - Throws: ``PulpError`` with `notFound` when no plugin knows it.
    func kind(ofPRN prn: String) throws -> any Resource.Type {
        let parts = prn.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let kind = kinds.first(where: { $0.modelName == parts[1] }) else {
            throw PulpError(.notFound, "\(prn) is of no kind that is known")
        }
        return kind
    }
}
