import HTTPTypes
import PulpCore

extension API {
    /// The list of workers that are there, and each of them.
    var workers: [Endpoint] {
        let paths = ResourcePaths("workers", href: "worker_href")
        let view = workerView
        let lifetime = pulp.settings.workerLifetime
        @Sendable func isOnline(_ text: String, _ yes: Bool) throws -> SQL {
            let wanted = try Bool(json: .string(text)) == yes
            return wanted ? "t.heartbeat >= \(Timestamp.now - lifetime)" : "t.heartbeat < \(Timestamp.now - lifetime)"
        }
        let listing = Listing(
            table: "worker AS t",
            filters: identityFilters(model: "core.appstatus")
                + FieldFilter.text("name", "t.name", Lookup.ofText).map { ListFilter($0) }
                + FieldFilter.moments("last_heartbeat", "t.heartbeat").map { ListFilter($0) } + [
                    ListFilter("online", .boolean) { try isOnline($0, true) }, ListFilter("missing", .boolean) { try isOnline($0, false) },
                ],
            order: [
                ("name", "t.name"), ("last_heartbeat", "t.heartbeat"), ("pulp_created", "t.started"), ("pulp_last_updated", "t.heartbeat"),
                ("pulp_id", "t.uuid"), ("pk", "t.uuid"), ("app_type", "t.id"), ("ttl", "t.id"), ("versions", "t.id"),
            ], shape: view.shape
        ) { [pulp] keys, db in
            Dictionary(
                try pulp.tasks.workers(keys, in: db).map { ($0.key, view.object($0.record)) }, uniquingKeysWith: { first, _ in first })
        }
        let read = Operation(
            action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(view.shape)]
        ) { [pulp] request in
            let worker = try await pulp.tasks.workers().first { $0.id.uuid == request.parameters["pk"] }
            guard let worker else { throw APIError.notFound("AppStatus") }
            return .json(FieldSelection(request.query)(view.object(worker)))
        }
        return [paths.all([.get: listing.operation(pulp)]), paths.each([.get: read])]
    }

    private var workerView: View<WorkerRecord> {
        let versions = JSON.Object(Compatibility.components(pulp.plugins).map { (name: $0.name, value: JSON.string($0.version)) })
        let hrefs = hrefs
        return View(
            name: "WorkerResponse",
            properties: [
                Property("pulp_href", .uri) { hrefs.href($0.id.prn).map { .string($0) } ?? .null },
                Property("prn", .text) { .string($0.id.prn) }, Property("pulp_created", .moment) { $0.started.json },
                Property("pulp_last_updated", .moment) { $0.heartbeat.json }, Property("name", .text) { .string($0.name) },
                Property("last_heartbeat", .moment) { $0.heartbeat.json },
                Property("versions", .map(.text.orNull)) { _ in .object(versions) },
                Property("current_task", .uri) { worker in
                    worker.currentTask.flatMap { hrefs.href($0.prn) }.map { .string($0) } ?? .null
                },
            ])
    }
}
