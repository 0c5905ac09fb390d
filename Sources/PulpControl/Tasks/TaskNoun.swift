import ArgumentParser
import PulpCore

/// `task`: background work.
struct TaskNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "task", "Background work: what runs, what waits and why, what failed.",
        examples: [
            "task list --state failed", "task summary", "task show --wait --uuid 01a1fd13-cf39-71e2-9513-6ae94e770f5d",
            "task why --uuid 01a1fd13-cf39-71e2-9513-6ae94e770f5d", "task cancel --uuid 01a1fd13-cf39-71e2-9513-6ae94e770f5d",
            "task purge --finished-before 2026-01-01 --dry-run",
        ],
        verbs: [
            TaskList<EveryTask>.self, TaskShow.self, TaskWhy.self, TaskCancel.self, TaskDestroy.self, TaskPurge.self, TaskSummary.self,
        ])
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

struct TaskShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a task.")

    @OptionGroup var task: TaskOptions
    @Flag(help: "Wait until it has ended.") var wait = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            if wait { try await session.pulp.tasks.waitForEnd(of: task.id) }
            session.show(try await task.find(in: session).object)
        }
    }
}

struct TaskDestroy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "destroy", abstract: "Forget a task that has ended.")

    @OptionGroup var task: TaskOptions
    @Flag(help: "Say what would be forgotten, and forget nothing.") var dryRun = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let record = try await task.find(in: session)
            guard record.state.isFinal else {
                throw PulpError(.conflict, "the task \(record.id.uuid) is \(record.state.rawValue): cancel it first")
            }
            if !dryRun { try await session.pulp.tasks.delete(record.id) }
            session.report(
                "\(dryRun ? "would forget" : "forgot") the task \(record.id.uuid)",
                ["prn": .string(record.id.prn), "destroyed": .bool(!dryRun)])
        }
    }
}

struct TaskSummary: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "summary", abstract: "Count the tasks by their states.")

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let counts = try await session.pulp.tasks.counts()
            session.show(JSON.Object(TaskState.allCases.map { (name: $0.rawValue, value: .integer(counts[$0] ?? 0)) }))
        }
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
    @Flag(help: "Say how many would be forgotten, and forget none.") var dryRun = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let moment: Timestamp
        if let finishedBefore {
            moment = try Timestamp(option: "--finished-before", finishedBefore)
        } else {
            moment = .now - .seconds(30 * 86_400)
        }
        let states = try TaskState.set(state: nil, states: state.isEmpty ? nil : state.joined(separator: ",")) ?? [.completed]
        if let unfinished = states.first(where: { !$0.isFinal }) {
            throw PulpError(.invalid, "--state: tasks that are \(unfinished.rawValue) cannot be forgotten")
        }
        try await shared.run { session in
            if dryRun {
                var filter = TaskFilter(states: states)
                filter.finished = Timestamp(microseconds: .min)...(moment - .microseconds(1))
                filter.limit = 0
                let count = try await session.pulp.tasks.list(filter).total
                return session.report("would forget \(count) tasks", ["purged": 0, "would_purge": .integer(count)])
            }
            let count = try await session.run(PurgeTasks(finishedBefore: moment, states: states))
            session.report("forgot \(count) tasks", ["purged": .integer(count)])
        }
    }
}

extension TaskState {
    /// Reads the values of `--state` and `--state-in`; nil when none was given.
    static func set(state: String?, states: String?) throws(PulpError) -> Set<TaskState>? {
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
