/// Which units of a kind are meant; conditions hold together.
public struct ContentQuery: Sendable, Hashable {
    /// Fields that have just this value, by their names.
    public var fields: [String: String] = [:]
    /// Units with one of these ids; nil for all.
    public var ids: Set<ID<Content>>?
    /// Units that a version holds.
    public var version: RepositoryVersion?
    /// Of the units that ``version`` holds, those that this version does not hold; nothing without ``version``.
    public var absentFrom: RepositoryVersion?
    /// Units that a version has and its predecessor did not have.
    public var addedIn: RepositoryVersion?
    /// Units that a version does not have and its predecessor had.
    public var removedIn: RepositoryVersion?
    /// Units with such labels.
    public var labels: LabelSelection?

    /// Every unit of a kind, unless a condition is given.
    public init(
        fields: [String: String] = [:], ids: Set<ID<Content>>? = nil, version: RepositoryVersion? = nil,
        absentFrom: RepositoryVersion? = nil
    ) {
        (self.fields, self.ids, self.version, self.absentFrom) = (fields, ids, version, absentFrom)
    }

    /// The condition on `content` under the alias `c` and the kind's own table under `t`.
    fileprivate func condition<Unit: ContentUnit>(for kind: Unit.Type) throws -> SQL {
        var parts: [SQL] = []
        for (name, text) in fields {
            guard let field = Unit.schema.fields.first(where: { $0.name == name }) else {
                throw ValidationError(name, "\(Unit.schema.type) has no such field.")
            }
            var unit = Unit()
            do { try field.setJSON(&unit, .string(text)) } catch { throw ValidationError(name, error.message) }
            parts.append("t.\(raw: name) = \(field.sql(unit))")
        }
        if let ids { parts.append("c.uuid \(in: ids.map(\.uuid))") }
        if let version {
            let held = absentFrom.map { version.holds("rc", butNot: $0) } ?? version.holds("rc")
            parts.append("c.id IN (SELECT rc.content FROM repository_content rc WHERE \(sql: held))")
        }
        for (version, edge) in [(addedIn, "added"), (removedIn, "removed")] {
            guard let version else { continue }
            parts.append(
                """
                c.id IN (SELECT rc.content FROM repository_content rc
                    WHERE rc.repository = \(version.repositoryKey) AND rc.\(raw: edge) = \(version.number))
                """)
        }
        if let labels { parts.append(labels.condition(on: "c.pulp_labels")) }
        return parts.isEmpty ? "TRUE" : parts.joined(separator: " AND ")
    }
}

/// The order of units: by a field, or by when they were made.
public struct ContentOrder: Sendable, Hashable {
    /// The field's name, or `pulp_created` or `pulp_last_updated`; nil for the order that units were made in.
    public var field: String?
    /// Whether the last comes first.
    public var isDescending: Bool

    /// The order that units were made in, unless a field is named.
    public init(by field: String? = nil, isDescending: Bool = false) {
        (self.field, self.isDescending) = (field, isDescending)
    }

    fileprivate func sql<Unit: ContentUnit>(for kind: Unit.Type) throws -> SQL {
        let direction = isDescending ? " DESC" : ""
        let column: String
        switch field {
        case nil: return "c.id\(raw: direction)"
        case "pulp_created"?: column = "c.created"
        case "pulp_last_updated"?: column = "c.updated"
        case let name?:
            guard Unit.schema.fields.contains(where: { $0.name == name }) else {
                throw ValidationError("ordering", "\(Unit.schema.type) has no field \(name.debugDescription).")
            }
            column = "t.\(name)"
        }
        return "\(raw: column + direction), c.id"
    }
}

/// A file of a unit.
public struct UnitFile: Sendable, Hashable {
    /// Where the unit puts the file.
    public let relativePath: RelativePath
    /// Nil while it is not downloaded.
    public let artifact: Artifact?
}

extension Pulp {
    /// Units of a kind, in the order that they were made unless another is asked for.
    /// - Throws: ``ValidationError`` when the query or the order names a field that the kind does not have, or a value that it
    ///   cannot have.
    public func units<Unit: ContentUnit>(
        _ type: Unit.Type = Unit.self, matching query: ContentQuery = ContentQuery(), order: ContentOrder = ContentOrder(),
        limit: Int = .max, offset: Int = 0
    ) async throws -> [Record<Unit>] {
        let condition = try query.condition(for: Unit.self)
        let order = try order.sql(for: Unit.self)
        return try await database.read { db in
            var units: [Record<Unit>] = []
            try ContentTable<Unit>().query(
                where: "\(sql: condition) ORDER BY \(sql: order) LIMIT \(limit) OFFSET \(offset)", in: db
            ) { units.append($0) }
            return units
        }
    }

    /// How many units of a kind there are.
    public func unitCount<Unit: ContentUnit>(_ type: Unit.Type, matching query: ContentQuery) async throws -> Int {
        let condition = try query.condition(for: Unit.self)
        return try await database.read { db in
            try db.value(
                """
                SELECT COUNT(*) FROM content c JOIN \(raw: ContentTable<Unit>.name) t ON t.content = c.id WHERE \(sql: condition)
                """) ?? 0
        }
    }

    /// The files of units, by the units' keys, each ordered by path.
    public func files<Unit: ContentUnit>(of units: [Record<Unit>]) async throws -> [Int64: [UnitFile]] {
        try await database.read { db in try UnitFile.list(of: units.map(\.key), in: db) }
    }
}

extension UnitFile {
    /// The files of units, by the units' keys, each ordered by path.
    package static func list(of units: [Int64], in db: any SQLConnection) throws -> [Int64: [UnitFile]] {
        let columns = ArtifactColumns.all.split(separator: ", ").map { "a.\($0) AS \($0)" }.joined(separator: ", ")
        var files: [Int64: [UnitFile]] = [:]
        try db.forEach(
            """
            SELECT \(raw: columns), a.uuid AS uuid, a.created AS created, ca.content AS content, ca.relative_path AS relative_path
            FROM content_artifact ca LEFT JOIN artifact a ON a.id = ca.artifact
            WHERE ca.content \(in: units) ORDER BY ca.content, ca.relative_path
            """
        ) { row in
            let artifact = try row.get(0, as: Int64?.self) == nil ? nil : try Artifact(row)
            files[try row.get("content"), default: []].append(
                UnitFile(relativePath: try row.get("relative_path"), artifact: artifact))
        }
        return files
    }
}
