import Hummingbird
import PulpCore

/// The versions of a kind's repositories.
struct VersionEndpoints<R: Resource>: Sendable {
    let api: API

    private var path: String { "\(R.apiPath)/{repository}/versions/" }

    var endpoints: [Endpoint] { [.get(path, list), .get(path + "{number}/", show)] }

    private static func repository(_ request: APIRequest) -> ID<R> {
        ID(prn: "prn:\(R.schema.model):\(request.parameters["repository"] ?? "")")
    }

    private func list(_ request: APIRequest) async throws -> Response {
        let id = Self.repository(request)
        let query = try ListQuery(request, [], orderedBy: [:])
        let versions = try await api.pulp.versions(of: id)
        if versions.isEmpty { throw APIError.notFound("\(R.self)") }
        var objects: [JSON] = []
        for version in versions.reversed().dropFirst(query.page.offset).prefix(query.page.limit) {
            objects.append(query.selection(try await object(version)))
        }
        return .json(query.page.body(objects, of: versions.count, request))
    }

    private func show(_ request: APIRequest) async throws -> Response {
        let id = Self.repository(request)
        let number = request.parameters["number"].flatMap { Int($0) }
        let version = try await api.pulp.database.read { db in try number.flatMap { try RepositoryVersion.find($0, of: id, in: db) } }
        guard let version else { throw APIError.notFound("RepositoryVersion") }
        return .json(FieldSelection(request.query)(try await object(version)))
    }

    private func object(_ version: RepositoryVersion) async throws -> JSON.Object {
        let repository = api.hrefs.href(version.repository.prn) ?? ""
        let href = "\(repository)versions/\(version.number)/"
        let summary = try await api.pulp.summary(of: version)
        func counts(_ filter: String, _ count: (ContentSummary.Counts) -> Int) -> JSON {
            .object(
                JSON.Object(
                    summary.counts.sorted { $0.key < $1.key }.filter { count($0.value) > 0 }.compactMap { type, counts in
                        api.contentPath(of: type).map { path in
                            let list = "\(api.hrefs.root)\(path)/?\(filter)=\(href)"
                            return (name: type, value: ["count": .integer(count(counts)), "href": .string(list)])
                        }
                    }))
        }
        return [
            "pulp_href": .string(href), "prn": .string(version.id.prn), "pulp_created": version.created.json,
            "number": .integer(version.number), "repository": .string(repository),
            "content_summary": [
                "added": counts("repository_version_added", \.added), "removed": counts("repository_version_removed", \.removed),
                "present": counts("repository_version", \.present),
            ],
        ]
    }
}

extension API {
    /// The path of the list of a type's units.
    func contentPath(of type: String) -> String? {
        let kinds: [any Resource.Type] = pulp.plugins.flatMap(\.contents)
        return kinds.first { $0.apiType == type }?.apiPath
    }
}
