import PulpCore

extension API {
    /// The list of workers that are there, and each of them.
    var workers: [Endpoint] {
        [
            .get("workers/") { [self] request in
                let query = try ListQuery(request, [], orderedBy: [:])
                let all = try await pulp.tasks.workers()
                let objects = all.dropFirst(query.page.offset).prefix(query.page.limit).map { query.selection(object($0)) }
                return .json(query.page.body(Array(objects), of: all.count, request))
            },
            .get("workers/{pk}/") { [self] request in
                let worker = try await pulp.tasks.workers().first { $0.id.uuid == request.parameters["pk"] }
                guard let worker else { throw APIError.notFound("Worker") }
                return .json(FieldSelection(request.query)(object(worker)))
            },
        ]
    }

    private func object(_ worker: WorkerRecord) -> JSON.Object {
        let versions = Compatibility.components(pulp.plugins).map { (name: $0.name, value: JSON.string($0.version)) }
        return [
            "pulp_href": hrefs.href(worker.id.prn).map { .string($0) } ?? .null, "prn": .string(worker.id.prn),
            "pulp_created": worker.started.json, "pulp_last_updated": worker.heartbeat.json, "name": .string(worker.name),
            "last_heartbeat": worker.heartbeat.json, "versions": .object(JSON.Object(versions)),
        ]
    }
}
