import PulpCore

/// Resources as the API shows them: their fields, their hrefs, and what their table adds.
struct ResourceView: Sendable {
    let hrefs: Hrefs
    let settings: Settings

    /// The objects of records, in their order.
    ///
    /// Asks the database a fixed number of questions, however many records there are.
    func objects<R: Resource>(_ records: [Record<R>], in db: any SQLConnection) throws -> [JSON.Object] {
        let references = R.schema.fields.filter { $0.type.unwrapped == .reference(.repositoryVersion) }
        let encoded = records.map { R.schema.encode($0.value) }
        let versions = try VersionHrefs(
            encoded.flatMap { object in references.compactMap { object[$0.name]?.stringValue } }, hrefs, in: db)
        let additions = try additions(to: records, encoded, versions, in: db)
        return zip(records, encoded).enumerated().map { index, pair in
            let (record, fields) = pair
            var object = JSON.Object([
                ("pulp_href", .string(hrefs.href(record.id.prn) ?? record.id.prn)), ("prn", .string(record.id.prn)),
                ("pulp_created", record.created.json), ("pulp_last_updated", record.updated.json),
            ])
            for field in R.schema.fields where !field.traits.contains(.secret) {
                object[field.name] = shown(fields[field.name] ?? .null, field.type.unwrapped, versions)
            }
            for (name, value) in additions[index] { object[name] = value }
            let secrets = R.schema.fields.filter { $0.traits.contains(.secret) }
            if !secrets.isEmpty {
                object["hidden_fields"] = .array(
                    secrets.map { ["name": .string($0.name), "is_set": .bool($0.isSet(in: record.value))] })
            }
            return object
        }
    }

    private func shown(_ value: JSON, _ type: FieldType, _ versions: VersionHrefs) -> JSON {
        if case .list(let type) = type, case .array(let values) = value { return .array(values.map { shown($0, type, versions) }) }
        guard case .reference(let table) = type, let prn = value.stringValue else { return value }
        let href = table == .repositoryVersion ? versions[prn]?.href : hrefs.href(prn)
        return href.map { .string($0) } ?? .null
    }

    /// What objects of a table show besides their fields.
    private func additions<R: Resource>(
        to records: [Record<R>], _ encoded: [JSON.Object], _ versions: VersionHrefs, in db: any SQLConnection
    ) throws -> [JSON.Object] {
        switch R.schema.table {
        case .repository:
            let latest = try latestVersions(of: records.map(\.key), in: db)
            return records.map { record in
                let href = (hrefs.href(record.id.prn) ?? "") + "versions/"
                return [
                    "versions_href": .string(href),
                    "latest_version_href": latest[record.key].map { .string("\(href)\($0)/") } ?? .null,
                ]
            }
        case .publication:
            let distributions = try distributions(of: records.map(\.key), in: db)
            return zip(records, encoded).map { record, fields in
                let version = fields["repository_version"]?.stringValue.flatMap { versions[$0] }
                return [
                    "repository": version.map { .string($0.repository) } ?? .null,
                    "distributions": .array((distributions[record.key] ?? []).map { .string($0) }),
                ]
            }
        case .distribution:
            return zip(records, encoded).map { record, fields in
                let isFixed = fields["publication"] != .null || fields["repository_version"] != .null
                let path = fields["base_path"]?.stringValue ?? ""
                return [
                    "base_url": .string("\(settings.contentOrigin)\(settings.contentPathPrefix)\(path)/"),
                    "no_content_change_since": isFixed ? record.updated.json : .null,
                    "content_guard_prn": fields["content_guard"] ?? .null,
                ]
            }
        case .content, .remote, .repositoryVersion, .contentGuard:
            return records.map { _ in [:] }
        }
    }

    private func latestVersions(of repositories: [Int64], in db: any SQLConnection) throws -> [Int64: Int] {
        let rows = try db.query(
            """
            SELECT repository, MAX(number) FROM repository_version WHERE repository \(in: repositories) AND complete GROUP BY repository
            """)
        return Dictionary(try rows.map { (try $0.get(0), try $0.get(1)) }, uniquingKeysWith: { first, _ in first })
    }

    private func distributions(of publications: [Int64], in db: any SQLConnection) throws -> [Int64: [String]] {
        let rows = try db.query("SELECT publication, prn FROM distribution WHERE publication \(in: publications) ORDER BY id")
        var found: [Int64: [String]] = [:]
        for row in rows {
            if let href = hrefs.href(try row.get(1)) { found[try row.get(0), default: []].append(href) }
        }
        return found
    }
}
