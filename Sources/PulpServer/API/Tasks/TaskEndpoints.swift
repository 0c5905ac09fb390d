import Hummingbird
import PulpCore

extension API {
    /// The list of tasks, and each of them, which can be canceled.
    var tasks: [Endpoint] {
        [
            .get("tasks/") { [self] request in
                let (filter, page) = try TaskFilter.reading(request, hrefs)
                let selection = FieldSelection(request.query)
                let (records, count) = try await pulp.tasks.list(filter)
                return .json(page.body(try await objects(records).map { selection($0) }, of: count, request))
            },
            Endpoint(
                path: "tasks/{pk}/",
                methods: [
                    .get: { [self] request in try await show(request) },
                    .patch: { [self] request in try await cancel(request) },
                ]),
        ]
    }

    private func task(_ request: APIRequest) async throws -> TaskRecord {
        let id = ID<TaskRecord>(prn: "prn:core.task:\(request.parameters["pk"] ?? "")")
        guard let record = try await pulp.tasks.find(id) else { throw APIError.notFound("Task") }
        return record
    }

    private func show(_ request: APIRequest) async throws -> Response {
        let record = try await task(request)
        return .json(FieldSelection(request.query)(try await objects([record])[0]))
    }

    /// `{"state": "canceled"}`, and nothing else.
    private func cancel(_ request: APIRequest) async throws -> Response {
        let record = try await task(request)
        guard try request.object()["state"]?.stringValue == "canceled" else {
            throw APIError.fields([("state", ["The only acceptable value for 'state' is 'canceled'."])])
        }
        do { try await pulp.tasks.cancel(record.id) } catch let error as PulpError where error.code == .conflict {
            return .json(.object(try await objects([record])[0]), status: .conflict)
        }
        return .json(.object(try await objects([try await task(request)])[0]))
    }

    /// Tasks as the API shows them.
    func objects(_ records: [TaskRecord]) async throws -> [JSON.Object] {
        let hrefs = hrefs
        let created = records.flatMap(\.createdResources).filter { $0.hasPrefix("prn:core.repositoryversion:") }
        let versions = try await pulp.database.read { db in try VersionHrefs(created, hrefs, in: db) }
        return records.map { record in
            func href(_ prn: String?) -> JSON { prn.flatMap { versions[$0]?.href ?? hrefs.href($0) }.map { .string($0) } ?? .null }
            return [
                "pulp_href": href(record.id.prn), "prn": .string(record.id.prn), "pulp_created": record.created.json,
                "pulp_last_updated": record.updated.json, "state": .string(record.state.rawValue), "name": .string(record.name),
                "logging_cid": .string(record.correlationID), "unblocked_at": record.unblocked.json,
                "started_at": record.started.json, "finished_at": record.finished.json, "error": record.error ?? .null,
                "worker": href(record.worker?.prn), "parent_task": href(record.parent?.prn),
                "child_tasks": .array(record.children.map { href($0.prn) }), "task_group": href(record.group?.prn),
                "progress_reports": .array(record.progress.map { .object($0.object) }),
                "created_resources": .array(record.createdResources.map { href($0) }),
                "created_resource_prns": .array(record.createdResources.map { .string($0) }),
                "reserved_resources_record": .array(record.reservedResources.map { .string($0) }), "result": record.result ?? .null,
            ]
        }
    }
}
