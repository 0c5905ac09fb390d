import HTTPTypes
import PulpCore

extension API {
    /// The list of task schedules, and each of them.
    var taskSchedules: [Endpoint] {
        let paths = ResourcePaths("task-schedules", href: "task_schedule_href")
        let (hrefs, view) = (hrefs, scheduleView)
        let filters = [
            ListFilter("pulp_id__in", .list(.uuid)) { "t.prn \(in: try hrefs.uuids($0).map { "prn:core.taskschedule:\($0)" })" },
            ListFilter("pulp_href__in", .list(.text)) { "t.prn \(in: try hrefs.prns($0, else: "URI not valid"))" },
            ListFilter("prn__in", .list(.text)) { text in "t.prn \(in: text.split(separator: ",").map(String.init))" },
        ]
        let listing = Listing(
            table: "task_schedule AS t",
            filters: filters + FieldFilter.text("name", "t.name", [.exact, .contains]).map { ListFilter($0) }
                + FieldFilter.text("task_name", "t.task", [.exact, .contains]).map { ListFilter($0) },
            order: [
                ("name", "t.name"), ("task_name", "t.task"), ("next_dispatch", "t.next_dispatch"),
                ("dispatch_interval", "t.dispatch_interval"), ("pulp_created", "t.created"), ("pulp_last_updated", "t.updated"),
                ("pulp_id", "t.prn"), ("pk", "t.prn"), ("task_args", "t.id"), ("task_kwargs", "t.id"),
            ], shape: view.shape
        ) { [pulp] keys, db in
            Dictionary(
                try pulp.tasks.schedules(keys, in: db).map { ($0.key, view.object($0.schedule)) }, uniquingKeysWith: { first, _ in first })
        }
        let read = Operation(
            action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(view.shape)]
        ) { [pulp] request in
            let id = ID<TaskSchedule>(prn: "prn:core.taskschedule:\(request.parameters["pk"] ?? "")")
            guard let schedule = try await pulp.tasks.find(id) else { throw APIError.notFound("TaskSchedule") }
            return .json(FieldSelection(request.query)(view.object(schedule)))
        }
        return [paths.all([.get: listing.operation(pulp)]), paths.each([.get: read])]
    }

    private var scheduleView: View<TaskSchedule> {
        let hrefs = hrefs
        return View(
            name: "TaskScheduleResponse",
            properties: [
                Property("pulp_href", .uri) { hrefs.href($0.id.prn).map { .string($0) } ?? .null },
                Property("prn", .text) { .string($0.id.prn) }, Property("pulp_created", .moment) { $0.created.json },
                Property("pulp_last_updated", .moment) { $0.updated.json },
                Property("name", .text, isRequired: true, isReadOnly: false) { .string($0.name) },
                Property("task_name", .text, isRequired: true, isReadOnly: false) { .string($0.task) },
                Property("dispatch_interval", .text.orNull, isRequired: true, isReadOnly: false) { schedule in
                    if case .every(let interval) = schedule.rhythm { .string(interval.clockText) } else { .null }
                },
                Property("next_dispatch", .moment.orNull) { $0.nextDispatch.json },
                Property("last_task", .uri) { schedule in
                    schedule.lastTask.flatMap { hrefs.href($0.prn) }.map { .string($0) } ?? .null
                },
            ])
    }
}
