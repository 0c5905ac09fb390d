extension Pulp {
    /// Sealed versions of a repository, from the oldest to the newest.
    public func versions<R>(of repository: ID<R>) async throws -> [RepositoryVersion] {
        try await database.read { db in try RepositoryVersion.list(where: "r.prn = \(repository)", in: db) }
    }

    /// The newest sealed version of a repository.
    /// - Throws: ``PulpError`` with `notFound` when there is no such repository.
    public func latestVersion<R>(of repository: ID<R>) async throws -> RepositoryVersion {
        try await database.read { db in
            let row = try RepositoryRow.find(repository.cast(), in: db)
            guard let latest = try RepositoryVersion.latest(of: row.key, in: db) else {
                throw PulpError(.notFound, "the repository \(row.name) has no version")
            }
            return latest
        }
    }

    /// One version of a repository.
    /// - Throws: ``PulpError`` with `notFound` when the repository has no such version.
    public func version<R>(_ number: Int, of repository: ID<R>) async throws -> RepositoryVersion {
        let found = try await database.read { db in
            try RepositoryVersion.list(where: "r.prn = \(repository) AND v.number = \(number)", in: db).first
        }
        guard let found else { throw PulpError(.notFound, "\(repository) has no version \(number)") }
        return found
    }

    /// The version with an id.
    /// - Throws: ``PulpError`` with `notFound` when there is none.
    public func version(_ id: ID<RepositoryVersion>) async throws -> RepositoryVersion {
        let found = try await database.read { db in try RepositoryVersion.list(where: "v.uuid = \(id.uuid)", in: db).first }
        guard let found else { throw PulpError(.notFound, "there is no version \(id)") }
        return found
    }

    /// How many units of each type a version holds, added and removed.
    public func summary(of version: RepositoryVersion) async throws -> ContentSummary {
        try await database.read { db in
            let rows = try db.query("SELECT type, added, removed, present FROM repository_version_count WHERE version = \(version.key)")
            return ContentSummary(
                counts: Dictionary(
                    try rows.map { row in
                        (try row.get(0), .init(added: try row.get(1), removed: try row.get(2), present: try row.get(3)))
                    }, uniquingKeysWith: { first, _ in first }))
        }
    }

    /// What distinguishes two versions, of one repository, where it costs what differs, or of two.
    public func diff(from old: RepositoryVersion, to new: RepositoryVersion) async throws -> VersionDiff {
        try await database.read { db in
            VersionDiff(added: try only(in: new, not: old, db), removed: try only(in: old, not: new, db))
        }
    }

    /// Units of a version that another does not hold.
    private func only(in version: RepositoryVersion, not other: RepositoryVersion, _ db: any SQLConnection) throws -> [ID<Content>] {
        try db.query(
            """
            SELECT c.type, c.uuid FROM repository_content mine JOIN content c ON c.id = mine.content
            WHERE \(sql: version.holds("mine", butNot: other)) ORDER BY c.id
            """
        ).map { try contentID(type: $0.get(0), uuid: $0.get(1)) }
    }

    /// The id of a unit, whose model the plugin of its type names.
    func contentID(type: String, uuid: String) throws -> ID<Content> {
        let model = plugins.lazy.flatMap(\.contents).first { $0.typeName == type }?.modelName
        return ID(prn: "prn:\(model ?? type):\(uuid)")
    }

    /// Calls a body with every unit of a kind that a version holds, in batches, in the order of their making.
    public nonisolated(nonsending) func forEachUnit<Unit: ContentUnit>(
        of type: Unit.Type = Unit.self, in version: RepositoryVersion, batch: Int = 1000,
        _ body: nonisolated(nonsending) ([Unit]) async throws -> Void
    ) async throws {
        var last: Int64 = 0
        while true {
            let after = last
            let page = try await database.read { db in
                var units: [Record<Unit>] = []
                try ContentTable<Unit>().query(
                    where: """
                        c.id IN (SELECT rc.content FROM repository_content rc CROSS JOIN \(raw: ContentTable<Unit>.name) u
                            WHERE u.content = rc.content AND \(sql: version.holds("rc")) AND rc.content > \(after)
                            ORDER BY rc.content LIMIT \(batch)) ORDER BY c.id
                        """, in: db
                ) { units.append($0) }
                return units
            }
            guard let end = page.last else { return }
            try await body(page.map(\.value))
            last = end.key
        }
    }
}

extension Resource {
    static var typeName: String { schema.type }
    static var modelName: String { schema.model }
    static var fieldNames: [String] { schema.fields.map(\.name) }
}
