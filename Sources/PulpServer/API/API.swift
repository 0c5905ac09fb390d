import Hummingbird
import PulpCore

/// Everything that the API answers, derived from what the core and the plugins declare.
struct API: Sendable {
    let pulp: Pulp
    let hrefs: Hrefs
    let view: ResourceView

    init(_ pulp: Pulp) {
        self.pulp = pulp
        hrefs = Hrefs(root: pulp.settings.apiRoot + "api/v3/", kinds: pulp.kinds)
        view = ResourceView(hrefs: hrefs, settings: pulp.settings)
    }

    var endpoints: [Endpoint] {
        [livez, status] + ResourceTable.listed.map { generic($0) } + pulp.kinds.flatMap { endpoints(of: $0) } + tasks + workers
    }

    /// Says that the process lives: asks nobody.
    private var livez: Endpoint {
        .get("livez/") { _ in Response(status: .ok, headers: [.contentLength: "0"]) }.forEverybody
    }

    private var status: Endpoint {
        .get("status/") { [pulp] _ in
            var status = Status(plugins: pulp.plugins, settings: pulp.settings)
            await status.look(at: pulp.database)
            return .json(status.json)
        }.forEverybody
    }

    private func endpoints<R: Resource>(of kind: R.Type) -> [Endpoint] {
        let own = ResourceEndpoints<R>(api: self).endpoints
        return R.schema.table == .repository ? own + VersionEndpoints<R>(api: self).endpoints : own
    }
}

extension Endpoint {
    /// The same for clients that do not say who they are.
    var forEverybody: Endpoint {
        var endpoint = self
        endpoint.isPublic = true
        return endpoint
    }
}
