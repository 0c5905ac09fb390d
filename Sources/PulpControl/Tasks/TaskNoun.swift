import ArgumentParser
import PulpCore

/// `task`: background work.
struct TaskNoun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Background work: what runs, what waits and why, what failed.",
        discussion: """
            EXAMPLES:
              pulpctl task list --state failed
              pulpctl task why --uuid 01a1fd13-cf39-71e2-9513-6ae94e770f5d
              pulpctl task cancel --uuid 01a1fd13-cf39-71e2-9513-6ae94e770f5d
              pulpctl task purge --finished-before 2026-01-01
            """,
        subcommands: [TaskList.self, TaskShow.self, TaskWhy.self, TaskCancel.self, TaskPurge.self])
}

/// The options that name one task.
struct TaskOptions: ParsableArguments, Sendable {
    @Option(
        name: [.customLong("uuid"), .customLong("prn"), .customLong("href")],
        help: ArgumentHelp("The task, by its UUID, PRN or href.", valueName: "uuid"))
    var uuid: String

    init() {}

    var id: ID<TaskRecord> { ID(prn: "prn:core.task:\(Self.uuid(of: uuid))") }

    /// The UUID at the end of a PRN or an href.
    static func uuid(of text: String) -> String { String(text.split { $0 == "/" || $0 == ":" }.last ?? "") }

    func find(in session: Session) async throws -> TaskRecord {
        guard let task = try await session.pulp.tasks.find(id) else { throw PulpError(.notFound, "there is no task \(uuid)") }
        return task
    }
}

struct TaskList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List tasks, the youngest first.")

    @Option(
        help: ArgumentHelp("Only in this state.", valueName: "state"), completion: .list(TaskState.allCases.map(\.rawValue)))
    var state: String?
    @Option(help: ArgumentHelp("Only in one of these states.", valueName: "state,…")) var stateIn: String?
    @Option(help: ArgumentHelp("Only with this name.", valueName: "text")) var name: String?
    @Option(help: ArgumentHelp("Only with a name that contains this.", valueName: "text")) var nameContains: String?
    @Option(help: ArgumentHelp("Only children of this task.", valueName: "uuid")) var parentTask: String?
    @Option(help: ArgumentHelp("Only with this correlation id.", valueName: "text")) var cid: String?
    @Option(help: ArgumentHelp("Only those that made this.", valueName: "prn")) var createdResource: String?
    @Option(help: ArgumentHelp("Only those that have this to themselves.", valueName: "prn")) var exclusiveResource: String?
    @Option(help: ArgumentHelp("Only those that share this.", valueName: "prn")) var sharedResource: String?
    @Option(help: ArgumentHelp("List at most so many.", valueName: "number")) var limit = 25
    @Option(help: ArgumentHelp("Leave out so many at the beginning.", valueName: "number")) var offset = 0
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if limit < 0 || offset < 0 { throw ArgumentParser.ValidationError("--limit and --offset must not be negative") }
    }

    func run() async throws {
        var filter = TaskFilter(states: try TaskState.set(state: state, states: stateIn), nameContains: nameContains)
        filter.name = name
        filter.parent = parentTask.map { ID(prn: "prn:core.task:\(TaskOptions.uuid(of: $0))") }
        filter.correlationID = cid
        filter.createdResource = createdResource
        (filter.exclusiveResource, filter.sharedResource) = (exclusiveResource, sharedResource)
        (filter.limit, filter.offset) = (limit, offset)
        let chosen = filter
        try await shared.run { session in
            let tasks = try await session.pulp.tasks.list(chosen).tasks
            guard !session.options.json else { return session.list(tasks.map(\.object), columns: []) }
            session.list(tasks.map(\.row), columns: ["uuid", "name", "state", "pulp_created", "took", "message"])
        }
    }
}

struct TaskShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a task.")

    @OptionGroup var task: TaskOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in session.show(try await task.find(in: session).object) }
    }
}

struct TaskWhy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "why", abstract: "Say what a task waits for, and who has it.")

    @OptionGroup var task: TaskOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let record = try await task.find(in: session)
            let reasons = try await session.pulp.tasks.reasons(for: record.id)
            if session.options.json {
                return session.list(reasons.map(\.object), columns: [])
            }
            guard !reasons.isEmpty else {
                let sentence = record.state == .waiting ? "it waits for nothing but a worker" : "it is \(record.state.rawValue)"
                return session.report(sentence, [:])
            }
            for reason in reasons {
                let holders = reason.holders.map(\.uuid).joined(separator: ", ")
                let wish = reason.exclusive ? "alone" : "shared"
                session.report("\(reason.resource) (\(wish)): \(reason.ahead) tasks first; held by \(holders)", reason.object)
            }
        }
    }
}

struct TaskCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a task, or all that wait or run.",
        discussion: "One that waits is canceled at once, one that runs soon.")

    @Option(
        name: [.customLong("uuid"), .customLong("prn"), .customLong("href")],
        help: ArgumentHelp("The task, by its UUID, PRN or href.", valueName: "uuid"))
    var uuid: String?
    @Flag(help: "All tasks that wait or run.") var all = false
    @Flag(help: "All tasks that wait.") var waiting = false
    @Flag(help: "All tasks that run.") var running = false
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if (uuid == nil) == !(all || waiting || running) {
            throw ArgumentParser.ValidationError("say which task: --uuid, or --all, --waiting, --running")
        }
    }

    func run() async throws {
        try await shared.run { session in
            if let uuid {
                let id = ID<TaskRecord>(prn: "prn:core.task:\(TaskOptions.uuid(of: uuid))")
                try await session.pulp.tasks.cancel(id)
                return session.report("asked \(id.uuid) to end", ["canceled": [.string(id.prn)]])
            }
            var filter = TaskFilter(states: [])
            if all || waiting { filter.states?.insert(.waiting) }
            if all || running { filter.states?.insert(.running) }
            filter.limit = .max
            var canceled: [JSON] = []
            for task in try await session.pulp.tasks.list(filter).tasks {
                do {
                    try await session.pulp.tasks.cancel(task.id)
                    canceled.append(.string(task.id.prn))
                } catch let error as PulpError where error.code == .conflict {
                    // It ended first.
                }
            }
            session.report("asked \(canceled.count) tasks to end", ["canceled": .array(canceled)])
        }
    }
}

struct TaskPurge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "purge", abstract: "Forget tasks that ended long ago.")

    @Option(help: ArgumentHelp("Those that ended before this date (default: 30 days ago)", valueName: "YYYY-MM-DD"))
    var finishedBefore: String?
    @Option(
        help: ArgumentHelp("Those in this state; may be repeated (default: completed)", valueName: "state"),
        completion: .list(TaskState.allCases.filter(\.isFinal).map(\.rawValue)))
    var state: [String] = []
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let moment: Timestamp
        if let finishedBefore {
            guard let parsed = Timestamp(argument: finishedBefore) else {
                throw PulpError(.invalid, "--finished-before: \(finishedBefore.debugDescription) is no date")
            }
            moment = parsed
        } else {
            moment = .now - .seconds(30 * 86_400)
        }
        let states = try TaskState.set(state: nil, states: state.isEmpty ? nil : state.joined(separator: ",")) ?? [.completed]
        if let unfinished = states.first(where: { !$0.isFinal }) {
            throw PulpError(.invalid, "--state: tasks that are \(unfinished.rawValue) cannot be forgotten")
        }
        try await shared.run { session in
            let count = try await session.pulp.tasks.purge(finishedBefore: moment, states: states)
            session.report("forgot \(count) tasks", ["purged": .integer(count)])
        }
    }
}

extension TaskState {
    /// Reads the values of `--state` and `--state-in`; nil when none was given.
    fileprivate static func set(state: String?, states: String?) throws(PulpError) -> Set<TaskState>? {
        guard state != nil || states != nil else { return nil }
        var result: Set<TaskState> = []
        for name in [state].compactMap({ $0 }) + (states?.split(separator: ",").map(String.init) ?? []) {
            guard let state = TaskState(rawValue: name) else {
                let known = TaskState.allCases.map(\.rawValue).joined(separator: ", ")
                throw PulpError(.invalid, "--state: \(name.debugDescription) is not one of \(known)")
            }
            result.insert(state)
        }
        return result
    }
}

extension Timestamp {
    /// Reads `2026-11-21`, or `2026-11-21T10:15:00` in UTC, with or without `Z`.
    init?(argument text: String) {
        var compact = text.filter { $0 != "-" && $0 != ":" }
        if !compact.hasSuffix("Z") { compact += compact.contains("T") ? "Z" : "T000000Z" }
        self.init(compact: compact)
    }
}
