import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// The list of tasks, and each of them, which can be canceled, and forgotten when it has ended.
    var tasks: [Endpoint] {
        let paths = ResourcePaths("tasks", href: "task_href")
        let listing = Listing(
            table: "task AS t", filters: taskFilters, order: Self.taskOrder, shape: View<ShownTask>.task.shape
        ) { [self] keys, db in
            let records = try pulp.tasks.records(keys, in: db)
            return Dictionary(
                zip(records.map(\.key), try shown(records.map(\.record), hasResults: false, in: db).map(View<ShownTask>.task.object)),
                uniquingKeysWith: { first, _ in first })
        }
        return [
            paths.all([.get: listing.operation(pulp)]), paths.all("purge", [.post: purge]),
            paths.each([.get: read, .patch: cancel, .delete: delete]),
            paths.each("profile_artifacts", [.get: profile]),
        ]
    }

    private static let taskOrder: [(name: String, column: SQL)] =
        [
            ("pulp_created", "t.id"), ("pulp_last_updated", "t.updated"), ("pulp_id", "t.uuid"), ("pk", "t.uuid"), ("name", "t.name"),
            ("state", "t.state"), ("started_at", "t.started"), ("finished_at", "t.finished"), ("unblocked_at", "t.unblocked"),
            ("logging_cid", "t.logging_cid"), ("error", "t.error"), ("result", "t.result"),
        ]
        // What Pulp's own tables have besides: the same for all of our tasks.
        + [
            "deferred", "enc_args", "enc_kwargs", "immediate", "profile_options", "pulp_api_version", "reserved_resources_record",
            "versions",
        ].map { ($0, "t.id") }

    private func task(_ request: APIRequest) async throws -> TaskRecord {
        let id = ID<TaskRecord>(prn: "prn:core.task:\(request.parameters["pk"] ?? "")")
        guard let record = try await pulp.tasks.find(id) else { throw APIError.notFound("Task") }
        return record
    }

    private func object(_ record: TaskRecord) async throws -> JSON.Object {
        try await pulp.database.read { [self] db in
            View<ShownTask>.task.object(try shown([record], hasResults: true, in: db)[0])
        }
    }

    private var read: Operation {
        Operation(
            action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(View<ShownTask>.task.shape)]
        ) { [self] request in .json(FieldSelection(request.query)(try await object(try await task(request)))) }
    }

    /// `{"state": "canceled"}`, and nothing else.
    private var cancel: Operation {
        let shape = View<ShownTask>.task.shape
        return Operation(
            action: "cancel", request: Operation.RequestShape(shape: CancelTask.shape),
            answers: [.ok(shape), Operation.Answer(status: .conflict, shape: .object(shape))]
        ) { [self] request in
            let record = try await task(request)
            try (try await body(request, as: CancelTask.self)).check()
            do { try await pulp.tasks.cancel(record.id) } catch let error as PulpError where error.code == .conflict {
                return .json(.object(try await object(record)), status: .conflict)
            }
            return .json(.object(try await object(try await task(request))))
        }
    }

    private var delete: Operation {
        Operation(action: "delete", answers: [.noContent]) { [self] request in
            try await pulp.tasks.delete(try await task(request).id)
            return .empty()
        }
    }

    /// What tasks leave of being watched, which nobody asks of them here.
    private var profile: Operation {
        let shape = ObjectShape(
            name: "ProfileArtifactResponse", members: [ObjectShape.Member(name: "urls", shape: .map(.uri), isRequired: true)])
        return Operation(
            action: "profile_artifacts", parameters: Operation.Parameter.fieldSelection, answers: [.ok(shape)]
        ) { [self] request in
            _ = try await task(request)
            return .json(["urls": [:]])
        }
    }

    private var purge: Operation {
        Operation(action: "purge", request: Operation.RequestShape(shape: Purge.shape), answers: [.task]) { [self] request in
            let body: Purge = try await body(request)
            let states = Set(body.states.compactMap { TaskState(rawValue: $0.rawValue) })
            // Others purge what they may delete.
            let user = request.access.isUnrestricted ? nil : try request.access.identified().id
            let task = try await pulp.dispatch(PurgeTasks(finishedBefore: body.finishedBefore, states: states, for: user))
            return .accepted(task.id, hrefs)
        }
    }
}

/// The end of a task, or of the tasks of a group.
struct CancelTask: RequestObject {
    var state = ""

    static let name = "PatchedTaskCancel"
    static let fields = [Field<Self>("state", \.state, "The desired state of the task. Only 'canceled' is accepted.")]

    /// - Throws: ``APIError`` for any other state.
    func check() throws {
        guard state == "canceled" else {
            throw APIError.fields([("state", ["The only acceptable value for 'state' is 'canceled'."])])
        }
    }
}

private struct Purge: RequestObject {
    var finishedBefore: Timestamp?
    var states: [FinalState] = [.completed]

    enum FinalState: String, CaseIterable, FieldValue { case skipped, completed, failed, canceled }

    static let name = "Purge"
    static let fields = [
        Field<Self>(
            "finished_before", \.finishedBefore, "Purge tasks completed earlier than this timestamp; thirty days ago by default.", .nonNull),
        Field<Self>("states", \.states, "List of task-states to be purged. Only 'final' states are allowed."),
    ]
}
