import HTTPTypes
import Hummingbird
import PulpCore

/// Everything that the API answers, derived from what the core and the plugins declare.
struct API: Sendable {
    let pulp: Pulp
    let hrefs: Hrefs
    let authenticator: Authenticator

    init(_ pulp: Pulp) {
        self.pulp = pulp
        authenticator = Authenticator(pulp.database)
        hrefs = Hrefs(
            root: pulp.settings.apiRoot + "api/v3/", kinds: pulp.kinds + (pulp.plugins.flatMap(\.contents) as [any Resource.Type]))
    }

    /// All that is served, the documentation of it last.
    var endpoints: [Endpoint] {
        let endpoints = described
        return endpoints + [overview(of: endpoints)] + Documentation(api: self, endpoints: endpoints).endpoints
    }

    private var described: [Endpoint] {
        var endpoints = process
        endpoints += ResourceTable.listed.map { generic($0) }
        for kind in pulp.kinds { endpoints += self.endpoints(of: kind) }
        for kind in pulp.plugins.flatMap(\.repositories) { endpoints += actions(of: kind) }
        endpoints += content + versions + artifacts + uploads + tasks + taskGroups + taskSchedules + workers + housekeeping
        return endpoints + login + users + groups + roles + accessPolicies + objectRoles
    }

    /// The root: where the lists are.
    private func overview(of endpoints: [Endpoint]) -> Endpoint {
        let lists = endpoints.filter {
            $0[.get]?.action == "list" && $0.parameterNames.isEmpty && !["repository_versions", "login"].contains($0.paths.name)
        }
        .map { String($0.path.dropLast()) }.sorted()
        let operation = Operation(action: "read", answers: [Operation.Answer(status: .ok, shape: .anyObject)]) { [hrefs] request in
            .json(.object(JSON.Object(distinct: lists.map { (name: $0, value: .string("\(request.origin)\(hrefs.root)\($0)/")) })))
        }
        return Endpoint(paths: ResourcePaths(""), path: "", href: nil, operations: [.get: operation.forEverybody])
    }

    /// Whether this process lives, and how it is.
    private var process: [Endpoint] {
        let livez = Operation(
            action: "read", parameters: Operation.Parameter.fieldSelection, answers: [Operation.Answer(status: .ok, shape: nil)]
        ) { _ in .empty(.ok) }
        let status = Operation(action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(Status.shape)]) {
            [pulp] request in
            var status = Status(plugins: pulp.plugins, settings: pulp.settings)
            await status.look(at: pulp.database)
            return .json(FieldSelection(request.query)(status.object))
        }
        return [ResourcePaths("livez").all([.get: livez.forEverybody]), ResourcePaths("status").all([.get: status.forEverybody])]
    }
}
