import PulpCore

extension API {
    /// The filters of all lists of units, on `content AS t`.
    var contentFilters: [ListFilter] {
        let hrefs = hrefs
        return identityFilters(ofUnits: hrefs) + [
            ListFilter("pulp_label_select") { try LabelSelection($0).condition(on: "t.pulp_labels") },
            .orphaned("NOT EXISTS (SELECT 1 FROM repository_content rc WHERE rc.content = t.id)"),
            ListFilter("repository_version") { text in
                "EXISTS (SELECT 1 FROM repository_content rc WHERE rc.content = t.id AND \(sql: try hrefs.holds(text)))"
            },
            ListFilter("repository_version_added") { try hrefs.changed($0, "added") },
            ListFilter("repository_version_removed") { try hrefs.changed($0, "removed") },
            ListFilter("added_between", .list(.text)) { try hrefs.between($0, first: false) },
            ListFilter("removed_between", .list(.text)) { try hrefs.between($0, first: true) },
        ]
    }

    /// The filters of a kind's own fields, on the kind's table as `u`.
    func fieldFilters<Unit: ContentUnit>(of kind: Unit.Type) -> [ListFilter] {
        var filters = Unit.schema.fields.flatMap { field in
            field.lookups.names.compactMap(Lookup.init).map { lookup in
                ListFilter(FieldFilter(field.name, lookup, field.type, column: SQL(raw: "u.\(field.name)")))
            }
        }
        // Pulp's older name for the same.
        if Unit.schema.fields.contains(where: { $0.name == "sha256" && !$0.lookups.names.isEmpty }) {
            filters.append(ListFilter("digest") { "u.sha256 = \($0)" })
        }
        return filters
    }

    private func identityFilters(ofUnits hrefs: Hrefs) -> [ListFilter] {
        @Sendable func uuids(_ prns: [String]) -> SQL { "t.uuid \(in: prns.map { ID<Content>(prn: $0).uuid })" }
        return [
            ListFilter("pulp_id__in", .list(.uuid)) { "t.uuid \(in: try hrefs.uuids($0))" },
            ListFilter("pulp_href__in", .list(.text)) { uuids(try hrefs.prns($0, else: "URI not valid")) },
            ListFilter("prn__in", .list(.text)) { text in uuids(text.split(separator: ",").map(String.init)) },
        ]
    }
}

extension ListFilter {
    /// What nothing has used for so many minutes.
    /// - Parameter condition: that nothing uses it now.
    static func orphaned(_ condition: SQL) -> ListFilter {
        ListFilter("orphaned_for", Shape(kind: .number)) { text in
            guard let minutes = Double(text), minutes >= 0, minutes <= 4_294_967_295 else { throw InvalidField("Enter a number.") }
            return "t.touched < \(Timestamp.now - .seconds(60 * minutes)) AND \(sql: condition)"
        }
    }
}

extension Hrefs {
    /// `FROM repository_version …`: the version that a text names; of a repository's href, the latest.
    fileprivate func versionRow(_ text: String, _ alias: String) throws -> SQL {
        let condition: SQL
        if let (repository, number) = version(text) {
            condition = """
                \(raw: alias).repository = (SELECT r.id FROM repository r WHERE r.prn = \(repository)) AND \(raw: alias).number = \(number)
                """
        } else if let prn = prn(text), prn.hasPrefix("prn:core.repositoryversion:") {
            condition = "\(raw: alias).uuid = \(ID<RepositoryVersion>(prn: prn).uuid)"
        } else if let prn = prn(text) {
            condition = """
                \(raw: alias).id = (SELECT l.id FROM repository_version l JOIN repository r ON r.id = l.repository
                    WHERE r.prn = \(prn) AND l.complete ORDER BY l.number DESC LIMIT 1)
                """
        } else {
            throw InvalidField("URI not valid: \(text)")
        }
        return "FROM repository_version \(raw: alias) WHERE \(sql: condition) AND \(raw: alias).complete"
    }

    /// The key of the version that a text names, as ``versionRow(_:_:)`` does; nil when there is none.
    func versionKey(_ text: String, in db: any SQLConnection) throws -> Int64? {
        try db.value("SELECT rv.id \(sql: try versionRow(text, "rv"))", as: Int64.self)
    }

    /// What rows of `repository_content AS rc` have whose units a version holds.
    func holds(_ text: String) throws -> SQL {
        let version = try versionRow(text, "rv")
        return """
            rc.repository = (SELECT rv.repository \(sql: version))
            AND rc.added <= (SELECT rv.number \(sql: version)) AND rc.removed > (SELECT rv.number \(sql: version))
            """
    }

    /// Units that came or went with a version.
    fileprivate func changed(_ text: String, _ edge: String) throws -> SQL {
        let version = try versionRow(text, "rv")
        return """
            EXISTS (SELECT 1 FROM repository_content rc WHERE rc.content = t.id
                AND rc.repository = (SELECT rv.repository \(sql: version)) AND rc.\(raw: edge) = (SELECT rv.number \(sql: version)))
            """
    }

    /// Units that just one of two versions holds: the first, or the second.
    fileprivate func between(_ text: String, first: Bool) throws -> SQL {
        let parts = text.split(separator: ",").map(String.init)
        guard parts.count == 2 else { throw InvalidField("Exactly two repository versions are needed.") }
        func held(_ text: String) throws -> SQL {
            "EXISTS (SELECT 1 FROM repository_content rc WHERE rc.content = t.id AND \(sql: try holds(text)))"
        }
        let (with, without) = first ? (parts[0], parts[1]) : (parts[1], parts[0])
        return "\(sql: try held(with)) AND NOT \(sql: try held(without))"
    }
}
