/// Stores, finds and deletes resources of every kind that a ``Schema`` describes, within a caller's transaction.
public struct Resources: Sendable {
    let box: SecretBox
    /// The folders that `file` URLs of remotes may lie below.
    var allowedImportPaths: [String] = []
    /// Who is given which roles on what is made.
    var rules = AccessRules(plugins: [])

    /// Stores a new resource.
    /// - Throws: ``ValidationError`` when the value is refused, or a unique field is taken; nothing is stored then.
    public func insert<R: Resource>(_ value: R, in db: any SQLConnection) throws -> Record<R> {
        try validate(value, replacing: nil, in: db)
        let id = R.schema.makeID()
        try refusingDuplicates(of: value) { try R.schema.insert(value, id: id, at: .now, box, in: db) }
        guard let record = try find(id, in: db) else { throw PulpError(.internal, "\(id) vanished while it was stored") }
        try R.didStore(record, replacing: nil, in: db)
        try rules.didCreate(id.prn, by: TaskOrigin.current?.user, in: db)
        return record
    }

    /// Stores a changed resource.
    /// - Returns: false, having done nothing, when nothing is different.
    @discardableResult
    public func update<R: Resource>(_ record: Record<R>, in db: any SQLConnection) throws -> Bool {
        guard let previous = try find(record.id, in: db) else { throw PulpError(.notFound, "there is no \(record.id)") }
        let unchanged = R.schema.fields.allSatisfy { $0.json(previous.value) == $0.json(record.value) }
        if unchanged { return false }
        try validate(record.value, replacing: previous.value, in: db)
        try refusingDuplicates(of: record.value) { try R.schema.update(record.value, key: record.key, at: .now, box, in: db) }
        guard let stored = try find(record.id, in: db) else { throw PulpError(.internal, "\(record.id) vanished while it was stored") }
        try R.didStore(stored, replacing: previous, in: db)
        return true
    }

    /// Deletes a resource, and what hangs on it.
    /// - Returns: false when there is none.
    @discardableResult
    public func delete<R: Resource>(_ id: ID<R>, in db: any SQLConnection) throws -> Bool {
        guard let record = try find(id, in: db) else { return false }
        try R.willDelete(record, in: db)
        try db.execute("DELETE FROM \(raw: R.schema.table.rawValue) WHERE id = \(record.key)")
        try RoleBindings.forget(objects: [id.prn], in: db)
        return true
    }

    /// The resource with an id; nil when there is none, or it is of another kind.
    public func find<R: Resource>(_ id: ID<R>, in db: any SQLConnection) throws -> Record<R>? {
        try db.first(R.schema.selection + "WHERE t.prn = \(id) AND t.type = \(R.schema.type)").map { try R.schema.record($0, box) }
    }

    /// - Parameter key: the row's key.
    func find<R: Resource>(_ type: R.Type, key: Int64, in db: any SQLConnection) throws -> Record<R>? {
        try db.first(R.schema.selection + "WHERE t.id = \(key) AND t.type = \(R.schema.type)").map { try R.schema.record($0, box) }
    }

    /// The resource of a kind with a name; nil when there is none.
    /// - Precondition: the table of the kind has a column `name`.
    public func find<R: Resource>(_ type: R.Type, named name: String, in db: any SQLConnection) throws -> Record<R>? {
        try list(type, where: "t.name = \(name)", limit: 1, in: db).first
    }

    /// Resources of a kind, in the order that they were made, unless another is given.
    /// - Parameter condition: on the table's columns, under the alias `t`; so is the order.
    public func list<R: Resource>(
        _ type: R.Type, where condition: SQL = "TRUE", order: SQL = "t.id", limit: Int = .max, offset: Int = 0, in db: any SQLConnection
    ) throws -> [Record<R>] {
        let rows = try db.query(
            R.schema.selection
                + """
                WHERE t.type = \(R.schema.type) AND (\(sql: condition)) ORDER BY \(sql: order) LIMIT \(limit) OFFSET \(offset)
                """)
        return try rows.map { try R.schema.record($0, box) }
    }

    private func validate<R: Resource>(_ value: R, replacing previous: R?, in db: any SQLConnection) throws {
        try R.schema.check(value)
        // One that the operator allowed when it was written can still be given another name.
        if let remote = (value as? any RemoteKind)?.remote, remote.url != (previous as? any RemoteKind)?.remote.url {
            try remote.validateImportPath(allowedImportPaths)
        }
        for field in R.schema.fields {
            if case .list(.reference(let target)) = field.type.unwrapped {
                try validate(field.json(value), of: field.name, in: target, db)
                continue
            }
            guard case .reference(let target) = field.type.unwrapped, case .text(let prn) = field.sql(value) else { continue }
            guard try db.value("SELECT \(sql: target.key(ofPRN: prn))", as: Int64?.self) ?? nil != nil else {
                throw ValidationError(field.name, "Invalid hyperlink - Object does not exist: \(prn)")
            }
        }
    }

    private func validate(_ list: JSON, of field: String, in target: ResourceTable, _ db: any SQLConnection) throws {
        guard case .array(let elements) = list else { return }
        let prns = elements.compactMap(\.stringValue)
        let existing = try target.existing(prns, in: db)
        if let missing = prns.first(where: { !existing.contains($0) }) {
            throw ValidationError(field, "Invalid hyperlink - Object does not exist: \(missing)")
        }
    }

    private func refusingDuplicates<R: Resource>(of value: R, _ body: () throws -> Void) throws {
        do { try body() } catch let error as DatabaseError where error.code == .uniqueViolation {
            let field = R.schema.fields.first { field in
                field.traits.contains(.unique) && field.name != "name" && error.message.contains(field.name)
            }
            throw ValidationError(field?.name ?? "name", "This field must be unique.")
        }
    }
}
