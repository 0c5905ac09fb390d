import HTTPTypes
import PulpCore

/// A task group that is about to be shown, with its tasks.
struct ShownTaskGroup: Sendable {
    let record: TaskGroupRecord
    let tasks: [ShownTask]
    let hrefs: Hrefs
}

extension API {
    /// The list of task groups, and each of them, whose tasks can be canceled together.
    var taskGroups: [Endpoint] {
        let paths = ResourcePaths("task-groups", href: "task_group_href")
        let listing = Listing(
            table: "task_group AS t", filters: [], order: [], shape: View<ShownTaskGroup>.taskGroup.shape
        ) { [self] keys, db in try shown(groups: keys, in: db).mapValues(View<ShownTaskGroup>.taskGroup.object) }
        return [paths.all([.get: listing.operation(pulp)]), paths.each([.get: readTaskGroup, .patch: cancelTaskGroup])]
    }

    private func shown(groups keys: [Int64], in db: any SQLConnection) throws -> [Int64: ShownTaskGroup] {
        let tasks = try pulp.tasks.records(ofGroups: keys, in: db)
        var found: [Int64: ShownTaskGroup] = [:]
        for (key, record) in try pulp.tasks.groups(keys, in: db) {
            let shown = try shown(tasks[record.id] ?? [], hasResults: false, in: db)
            found[key] = ShownTaskGroup(record: record, tasks: shown, hrefs: hrefs)
        }
        return found
    }

    private func object(_ request: APIRequest) async throws -> JSON.Object {
        let id = Self.id(request)
        let object = try await pulp.database.read { [self] db -> JSON.Object? in
            let key = try db.value("SELECT id FROM task_group WHERE prn = \(id)", as: Int64.self)
            return try key.flatMap { try shown(groups: [$0], in: db)[$0] }.map(View<ShownTaskGroup>.taskGroup.object)
        }
        guard let object else { throw APIError.notFound("TaskGroup") }
        return object
    }

    private static func id(_ request: APIRequest) -> ID<TaskGroupRecord> {
        ID(prn: "prn:core.taskgroup:\(request.parameters["pk"] ?? "")")
    }

    private var readTaskGroup: Operation {
        Operation(
            action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(View<ShownTaskGroup>.taskGroup.shape)]
        ) { [self] request in .json(FieldSelection(request.query)(try await object(request))) }
    }

    private var cancelTaskGroup: Operation {
        let shape = View<ShownTaskGroup>.taskGroup.shape
        return Operation(
            action: "cancel", request: Operation.RequestShape(shape: CancelTask.shape),
            answers: [.ok(shape), Operation.Answer(status: .conflict, shape: .object(shape))]
        ) { [self] request in
            let before = try await object(request)
            try (try await body(request, as: CancelTask.self)).check()
            let unfinished = TaskState.allCases.filter { !$0.isFinal }.contains { before[$0.rawValue] != .integer(0) }
            guard unfinished else { return .json(.object(before), status: .conflict) }
            try await pulp.tasks.cancel(Self.id(request))
            return .json(.object(try await object(request)))
        }
    }
}

extension View where Subject == ShownTaskGroup {
    /// How task groups are shown.
    static let taskGroup = View<ShownTaskGroup>(
        name: "TaskGroupResponse",
        properties: [
            Property("pulp_href", .uri) { group in group.hrefs.href(group.record.id.prn).map { .string($0) } ?? .null },
            Property("prn", .text) { .string($0.record.id.prn) },
            Property("description", .text, isRequired: true, isReadOnly: false) { .string($0.record.description) },
            // A group takes tasks as long as one of its own runs; none is promised.
            Property("all_tasks_dispatched", .boolean, isRequired: true, isReadOnly: false) { _ in true },
        ]
            + ([.waiting, .skipped, .running, .completed, .canceled, .failed, .canceling] as [TaskState]).map { state in
                Property(state.rawValue, .integer) { .integer($0.record.counts[state] ?? 0) }
            } + [
                Property("group_progress_reports", .list(.object(progress))) { _ in .array([]) },
                Property("tasks", .list(.object(View<ShownTask>.minimalTask.shape))) { group in
                    .array(group.tasks.map { .object(View<ShownTask>.minimalTask.object($0)) })
                },
            ])

    private static var progress: ObjectShape {
        ObjectShape(
            name: "GroupProgressReportResponse",
            members: [
                ObjectShape.Member(name: "message", shape: .text, isReadOnly: true),
                ObjectShape.Member(name: "code", shape: .text, isReadOnly: true),
                ObjectShape.Member(name: "total", shape: .integer, isReadOnly: true),
                ObjectShape.Member(name: "done", shape: .integer, isReadOnly: true),
                ObjectShape.Member(name: "suffix", shape: .text.orNull, isReadOnly: true),
            ])
    }
}

extension View where Subject == ShownTask {
    /// How tasks are shown within other things.
    static let minimalTask = View<ShownTask>(
        name: "MinimalTaskResponse",
        properties: task.properties.filter { property in
            [
                "pulp_href", "prn", "pulp_created", "pulp_last_updated", "pulp_api_version", "name", "state", "unblocked_at", "started_at",
                "finished_at", "worker",
            ].contains(property.name)
        })
}
