import ArgumentParser
import PulpCore

/// `task-group`: tasks that belong together.
struct TaskGroupNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "task-group", "Tasks that belong together.",
        examples: [
            "task-group list", "task-group show --wait --uuid 01a1fd13-cf39-71e2-9513-6ae94e770f5d",
            "task-group cancel --uuid 01a1fd13-cf39-71e2-9513-6ae94e770f5d",
        ],
        verbs: [TaskGroupList.self, TaskGroupShow.self, TaskGroupCancel.self])
}

/// The options that name one group.
struct TaskGroupOptions: ParsableArguments, Sendable {
    @Option(
        name: [.customLong("uuid"), .customLong("prn"), .customLong("href")],
        help: ArgumentHelp("The group, by its UUID, PRN or href.", valueName: "uuid"))
    var uuid: String

    init() {}

    var id: ID<TaskGroupRecord> { ID(prn: "prn:core.taskgroup:\(TaskOptions.uuid(of: uuid))") }
}

struct TaskGroupList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List groups of tasks, the youngest first.", discussion: "Shows 25 unless --limit says otherwise.")

    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var page = page
            page.limit = page.limit ?? 25
            // The order of a field needs all of them; the order of age only one page.
            let all = page.order != nil
            let groups = try await session.pulp.tasks.groups(limit: all ? .max : page.limit ?? 25, offset: all ? 0 : page.offset)
            let objects = groups.map(\.object)
            session.list(
                page.select(all ? page.apply(to: objects) : objects),
                columns: page.columns(
                    default: ["uuid", "description", "pulp_created"] + TaskState.allCases.map(\.rawValue)))
        }
    }
}

struct TaskGroupShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a group of tasks.")

    @OptionGroup var group: TaskGroupOptions
    @Flag(help: "Wait until all of its tasks have ended.") var wait = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            if wait { try await session.pulp.tasks.waitForEnd(of: group.id) }
            guard let found = try await session.pulp.tasks.find(group.id) else {
                throw PulpError(.notFound, "there is no task group \(group.uuid)")
            }
            session.show(found.object)
        }
    }
}

struct TaskGroupCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel all tasks of a group that wait or run, and their children.")

    @OptionGroup var group: TaskGroupOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            try await session.pulp.tasks.cancel(group.id)
            session.report("asked the tasks of \(group.id.uuid) to end", ["canceled": [.string(group.id.prn)]])
        }
    }
}

extension TaskGroupRecord {
    /// The group as the REST API shows it, and its UUID for tables.
    fileprivate var object: JSON.Object {
        var object: JSON.Object = [
            "prn": .string(id.prn), "uuid": .string(id.uuid), "pulp_created": created.json, "description": .string(description),
            "all_tasks_dispatched": true,
        ]
        for state in TaskState.allCases { object[state.rawValue] = .integer(counts[state] ?? 0) }
        object["tasks"] = .array(tasks.map { .string($0.prn) })
        return object
    }
}
