import PulpCore

extension Session {
    /// A resource as the REST API shows it, by its PRN where that has an href.
    func object<R: Resource>(_ record: Record<R>) async throws -> JSON.Object {
        var object = Presentation.object(id: record.id.prn, record.created, record.updated)
        for member in R.schema.encode(record.value) { object[member.name] = member.value }
        switch R.schema.table {
        case .remote: object["hidden_fields"] = try Presentation.hiddenFields(of: record.value)
        case .distribution: object["base_url"] = .string(baseURL(of: object["base_path"]?.stringValue ?? ""))
        case .repository: object["latest_version"] = .integer(try await pulp.latestVersion(of: record.id).number)
        case .publication: object["repository"] = try await repository(ofVersion: object["repository_version"])
        case .content, .repositoryVersion, .contentGuard: break
        }
        return object
    }

    /// A unit with its artifact, as the REST API shows it.
    func objects<Unit: ContentUnit>(_ units: [Record<Unit>]) async throws -> [JSON.Object] {
        let files = try await pulp.files(of: units)
        let labels = try await pulp.labels(of: units)
        return units.map { unit in
            var object = Presentation.object(id: unit.id.prn, unit.created, unit.updated)
            object["pulp_labels"] = (labels[unit.key] ?? Labels()).json
            for member in Unit.schema.encode(unit.value) { object[member.name] = member.value }
            // Several files are several artifacts; one is the unit's own.
            if let files = files[unit.key], files.count == 1, let file = files.first {
                object["artifact"] = file.artifact.map { .string($0.id.prn) } ?? .null
                object["size"] = file.artifact.map { .integer(Int($0.size)) } ?? .null
            }
            return object
        }
    }

    /// A version with its counts.
    func object(_ version: RepositoryVersion) async throws -> JSON.Object {
        let counts = try await pulp.summary(of: version).counts.sorted { $0.key < $1.key }
        func edge(_ count: (ContentSummary.Counts) -> Int) -> JSON {
            .object(JSON.Object(counts.filter { count($0.value) > 0 }.map { (name: $0.key, value: ["count": .integer(count($0.value))]) }))
        }
        return [
            "prn": .string(version.id.prn), "pulp_created": version.created.json, "number": .integer(version.number),
            "repository": .string(version.repository.prn),
            "content_summary": ["added": edge(\.added), "removed": edge(\.removed), "present": edge(\.present)],
        ]
    }

    /// The same for a line of a table: counts over all types.
    func row(_ version: RepositoryVersion) async throws -> JSON.Object {
        let counts = try await pulp.summary(of: version).counts.values
        return [
            "number": .integer(version.number), "pulp_created": version.created.json,
            "added": .integer(counts.map(\.added).reduce(0, +)), "removed": .integer(counts.map(\.removed).reduce(0, +)),
            "present": .integer(counts.map(\.present).reduce(0, +)),
        ]
    }

    /// An artifact as the REST API shows it.
    func object(_ artifact: Artifact) -> JSON.Object {
        var object: JSON.Object = [
            "prn": .string(artifact.id.prn), "pulp_created": artifact.created.json, "size": .integer(Int(artifact.size)),
        ]
        for algorithm in DigestAlgorithm.allCases { object[algorithm.rawValue] = artifact.digests[algorithm].json }
        return object
    }

    /// Where clients find a distribution.
    func baseURL(of basePath: String) -> String {
        pulp.settings.contentOrigin + pulp.settings.contentPathPrefix + basePath + "/"
    }

    /// The same objects with the names of what they refer to in place of PRNs: for people.
    func named<R: Resource>(_ objects: [JSON.Object], _ kind: R.Type) async throws -> [JSON.Object] {
        var names: [String: String] = [:]
        var result = objects
        for field in R.schema.fields {
            guard case .reference = field.type.unwrapped else { continue }
            for index in result.indices {
                guard let prn = result[index][field.name]?.stringValue else { continue }
                let name = if let known = names[prn] { known } else { try await name(of: prn) }
                names[prn] = name
                result[index][field.name] = .string(name)
            }
        }
        return result
    }

    private func repository(ofVersion prn: JSON?) async throws -> JSON {
        guard let prn = prn?.stringValue else { return .null }
        return .string(try await pulp.version(ID(prn: prn)).repository.prn)
    }
}

enum Presentation {
    static func object(id: String, _ created: Timestamp, _ updated: Timestamp) -> JSON.Object {
        ["prn": .string(id), "pulp_created": created.json, "pulp_last_updated": updated.json]
    }

    /// Which secrets are set, without what they are.
    static func hiddenFields<R: Resource>(of value: R) throws -> JSON {
        .array(
            R.schema.fields.filter { $0.traits.contains(.secret) }.map { field in
                ["name": .string(field.name), "is_set": .bool(field.isSet(in: value))]
            })
    }
}
