import PulpCore

extension API {
    /// The filters of the lists of a table's resources: those on what all of its kinds have.
    func filters(of table: ResourceTable) -> [ListFilter] {
        let hrefs = hrefs
        let common = [
            ListFilter("pulp_id__in", .list(.uuid)) { text in "t.prn \(in: try hrefs.prns(ids: text, table))" },
            ListFilter("pulp_href__in", .list(.text)) { text in "t.prn \(in: try hrefs.prns(text, else: "URI not valid"))" },
            ListFilter("prn__in", .list(.text)) { text in "t.prn \(in: text.split(separator: ",").map(String.init))" },
        ]
        let labels = ListFilter("pulp_label_select") { try LabelSelection($0).condition(on: "t.pulp_labels") }
        switch table {
        case .remote: return common + hrefs.filters(RemoteSettings.fields) + FieldFilter.updated.map { ListFilter($0) } + [labels]
        case .repository: return common + hrefs.filters(RepositorySettings.fields) + contentFilters(ofRepositories: hrefs) + [labels]
        case .distribution:
            return common + hrefs.filters(DistributionSettings.fields) + [labels, .distributing(hrefs)]
        case .publication:
            return common + hrefs.filters(PublicationSettings.fields) + FieldFilter.created.map { ListFilter($0) } + .publishing(hrefs)
        case .contentGuard: return common + hrefs.filters(ContentGuardSettings.fields)
        case .content, .repositoryVersion: return common
        }
    }

    /// What the lists of a table's resources can be put in order by.
    func order(of table: ResourceTable) -> [(name: String, column: SQL)] {
        let common: [(name: String, column: SQL)] = [
            ("pk", "t.prn"), ("pulp_created", "t.created"), ("pulp_id", "t.prn"), ("pulp_last_updated", "t.updated"),
            ("pulp_type", "t.type"),
        ]
        switch table {
        case .remote: return common + RemoteSettings.fields.compactMap(\.order)
        // Nobody's repositories are hidden.
        case .repository:
            return common + RepositorySettings.fields.compactMap(\.order) + [("next_version", "t.next_version"), ("user_hidden", "t.id")]
        case .distribution: return common + DistributionSettings.fields.compactMap(\.order)
        case .publication: return common + PublicationSettings.fields.compactMap(\.order) + [("complete", "t.complete")]
        case .contentGuard: return common + ContentGuardSettings.fields.compactMap(\.order)
        case .content, .repositoryVersion: return common
        }
    }

    private func contentFilters(ofRepositories hrefs: Hrefs) -> [ListFilter] {
        [
            ListFilter("with_content") { text in
                "EXISTS (SELECT 1 FROM repository_content rc WHERE rc.repository = t.id AND rc.content = \(sql: try hrefs.content(text)))"
            },
            ListFilter("latest_with_content") { text in
                """
                EXISTS (SELECT 1 FROM repository_content rc JOIN repository_version v ON v.repository = rc.repository
                    WHERE rc.repository = t.id AND rc.content = \(sql: try hrefs.content(text))
                        AND v.number = (SELECT MAX(l.number) FROM repository_version l WHERE l.repository = t.id AND l.complete)
                        AND rc.added <= v.number AND rc.removed > v.number)
                """
            },
        ]
    }
}

extension ListFilter {
    /// Distributions that serve a unit: in their publication, their version, or their repository's latest version.
    fileprivate static func distributing(_ hrefs: Hrefs) -> ListFilter {
        ListFilter("with_content") { text in
            """
            EXISTS (SELECT 1 FROM repository_version v JOIN repository_content rc ON rc.repository = v.repository
                WHERE rc.content = \(sql: try hrefs.content(text)) AND rc.added <= v.number AND rc.removed > v.number AND v.id = COALESCE(
                    (SELECT p.repository_version FROM publication p WHERE p.id = t.publication), t.repository_version,
                    (SELECT l.id FROM repository_version l WHERE l.repository = t.repository AND l.complete
                        ORDER BY l.number DESC LIMIT 1)))
            """
        }
    }
}

extension [ListFilter] {
    /// Publications of a repository, or with some units in their version.
    fileprivate static func publishing(_ hrefs: Hrefs) -> [ListFilter] {
        @Sendable func holding(_ units: [SQL]) -> SQL {
            """
            EXISTS (SELECT 1 FROM repository_version v JOIN repository_content rc ON rc.repository = v.repository
                WHERE v.id = t.repository_version AND rc.content IN (\(sql: units.joined(separator: ", ")))
                    AND rc.added <= v.number AND rc.removed > v.number)
            """
        }
        return [
            ListFilter("repository") { text in
                guard let prn = hrefs.prn(text) else { throw InvalidField("URI not valid") }
                return """
                    t.repository_version IN (SELECT v.id FROM repository_version v JOIN repository r ON r.id = v.repository
                        WHERE r.prn = \(prn))
                    """
            },
            ListFilter("content") { text in holding([try hrefs.content(text)]) },
            ListFilter("content__in", .list(.text)) { text in holding(try text.split(separator: ",").map { try hrefs.content($0) }) },
        ]
    }
}

extension Field {
    /// What a list is put in order by for this field; nil for a reference.
    fileprivate var order: (name: String, column: SQL)? {
        if case .reference = type.unwrapped { return nil }
        // Of a secret nobody can tell the order.
        let column: SQL =
            traits.contains(.secret) ? "t.id" : traits.contains(.column) ? SQL(raw: "t.\(name)") : "\(member: name, of: "t.details")"
        return (name, column)
    }
}

extension Hrefs {
    /// The filters on fields; other resources may be called by hrefs too.
    fileprivate func filters<Root>(_ fields: [Field<Root>]) -> [ListFilter] {
        fields.flatMap(\.filters).map { filter in
            guard case .reference(let table) = filter.type.unwrapped, filter.lookup != .isnull else { return ListFilter(filter) }
            if table == .repositoryVersion {
                return ListFilter(filter) { text in "t.\(raw: filter.name) = \(sql: try version(filter: text))" }
            }
            return ListFilter(filter) { text in
                try filter.condition(text.split(separator: ",").map { try $0 == "null" ? "null" : one(String($0)) }.joined(separator: ","))
            }
        }
    }

    /// The key of a version that a filter names, in SQL.
    private func version(filter text: String) throws -> SQL {
        if let (repository, number) = version(text) {
            return """
                (SELECT v.id FROM repository_version v JOIN repository r ON r.id = v.repository
                    WHERE r.prn = \(repository) AND v.number = \(number))
                """
        }
        return "(SELECT v.id FROM repository_version v WHERE v.uuid = \(ID<RepositoryVersion>(prn: try one(text)).uuid))"
    }

    /// The key of a unit, in SQL.
    func content(_ text: some StringProtocol) throws -> SQL {
        "(SELECT c.id FROM content c WHERE c.uuid = \(ID<Content>(prn: try one(String(text))).uuid))"
    }

    private func one(_ text: String) throws -> String {
        guard let prn = prn(text) else { throw InvalidField("URI not valid") }
        return prn
    }

    func prns(_ text: String, else message: String) throws -> [String] {
        try text.split(separator: ",").map { part in
            guard let prn = prn(String(part)) else { throw InvalidField(message) }
            return prn
        }
    }

    func prns(ids text: String, _ table: ResourceTable) throws -> [String] {
        let models = models(of: table)
        return try uuids(text).flatMap { uuid in models.map { "prn:\($0):\(uuid)" } }
    }

    /// UUIDs with commas between them.
    func uuids(_ text: String) throws -> [String] {
        try text.split(separator: ",").map { part in
            guard part.wholeMatch(of: /[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/) != nil else {
                throw InvalidField("Enter a valid UUID.")
            }
            return part.lowercased()
        }
    }
}
