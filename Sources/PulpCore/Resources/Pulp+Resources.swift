extension Pulp {
    /// Every kind of remote, repository, publication, distribution and content guard that the core and the plugins bring.
    public var kinds: [any Resource.Type] {
        Self.ownKinds + plugins.flatMap(\.allKinds).filter { !($0 is any ContentUnit.Type) }
    }

    /// The kinds that the core itself brings.
    static var ownKinds: [any Resource.Type] { ownContentGuards }

    /// Stores a new resource.
    /// - Throws: ``ValidationError`` with everything that is wrong; nothing is stored then.
    @discardableResult
    public func create<R: Resource>(_ value: R) async throws -> Record<R> {
        try await database.write { db in try resources.insert(value, in: db) }
    }

    /// The resource with a value's name, as it is, or else a new one with this value: what a program does that may have run before.
    ///
    /// ```swift
    /// let repository = try await pulp.findOrCreate(FileRepository(name: "files"))
    /// ```
    /// - Throws: ``ValidationError`` with everything that is wrong, ``PulpError`` with `invalid` when things of this kind have no name.
    public func findOrCreate<R: Resource>(_ value: R) async throws -> Record<R> {
        guard case .text(let name)? = R.schema.fields.first(where: { $0.name == "name" })?.sql(value) else {
            throw PulpError(.invalid, "\(R.schema.type) has no name to be found by")
        }
        if let known = try await find(R.self, named: name) { return known }
        do { return try await create(value) } catch let error as ValidationError {
            // Somebody else may have been faster.
            guard let known = try await find(R.self, named: name) else { throw error }
            return known
        }
    }

    /// The resource with an id.
    /// - Throws: ``PulpError`` with `notFound` when there is none.
    public func get<R: Resource>(_ id: ID<R>) async throws -> Record<R> {
        guard let record = try await database.read({ db in try resources.find(id, in: db) }) else {
            throw PulpError(.notFound, "there is no \(id)")
        }
        return record
    }

    /// The resource of a kind with a name; nil when there is none.
    public func find<R: Resource>(_ type: R.Type = R.self, named name: String) async throws -> Record<R>? {
        try await database.read { db in try resources.find(type, named: name, in: db) }
    }

    /// Resources of a kind, in the order that they were made.
    public func list<R: Resource>(_ type: R.Type = R.self, limit: Int = .max, offset: Int = 0) async throws -> [Record<R>] {
        try await database.read { db in try resources.list(type, limit: limit, offset: offset, in: db) }
    }

    /// Stores a changed resource.
    /// - Returns: false, having done nothing, when nothing is different.
    /// - Throws: ``ValidationError`` with everything that is wrong; nothing is stored then.
    @discardableResult
    public func update<R: Resource>(_ record: Record<R>) async throws -> Bool {
        try await database.write { db in try resources.update(record, in: db) }
    }

    /// Deletes a resource, once no task uses it.
    /// - Throws: ``PulpError`` with `notFound` when there is none.
    public func delete<R: Resource>(_ id: ID<R>) async throws {
        _ = try await run(DeleteResource(id))
    }
}
