import ArgumentParser
import PulpCore

/// `task-schedule`: background work at times to come.
struct TaskScheduleNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "task-schedule", "Background work at times to come, which a pulpd with the role scheduler dispatches.",
        examples: [
            "task-schedule sync --repository debian --cron '0 3 * * *' --time-zone Europe/Berlin --maximum-run-time 6h",
            "task-schedule create --name tidy --task pulpcore.app.tasks.orphan.orphan_cleanup --arguments '{\"dryRun\": false}' "
                + "--interval 1d --at 2026-12-01T03:00:00",
            "task-schedule list", "task-schedule destroy --name tidy",
        ],
        verbs: [
            TaskScheduleCreate.self, TaskScheduleSync.self, TaskScheduleList.self, TaskScheduleShow.self, TaskScheduleDestroy.self,
        ])
}

/// The options that say when, and what happens when it takes long.
struct TimingOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "Again and again: minute hour day month weekday, or @hourly, @daily, @weekly, @monthly, @yearly.", valueName: "expression"))
    var cron: String?
    @Option(help: ArgumentHelp("Again after each interval: 30m, 6h, 1d12h.", valueName: "duration")) var interval: String?
    @Option(help: ArgumentHelp("The first time, in UTC (default: now, or the next one of --cron).", valueName: "YYYY-MM-DD[THH:MM:SS]"))
    var at: String?
    @Option(help: ArgumentHelp("The time zone of --cron (default: UTC)", valueName: "Europe/Berlin")) var timeZone: String?
    @Option(
        help: ArgumentHelp(
            "When a time comes and the last task goes on: skip it, or queue one task (default: skip)", valueName: "skip or queue"),
        completion: .list(TaskSchedule.Overlap.allCases.map(\.rawValue)))
    var overlap: String?
    @Option(help: ArgumentHelp("Cancel a task that runs for longer.", valueName: "duration")) var maximumRunTime: String?

    init() {}

    /// Again and again, or once.
    var rhythm: TaskSchedule.Rhythm {
        get throws {
            if let cron {
                if interval != nil { throw PulpError(.invalid, "say --cron or --interval, not both") }
                return .cron(try CronExpression(cron), in: try timeZone.map(ScheduleZone.init) ?? .utc)
            }
            if timeZone != nil { throw PulpError(.invalid, "--time-zone is for --cron") }
            if let interval { return .every(try Duration(option: "--interval", interval)) }
            guard at != nil else { throw PulpError(.invalid, "say when: --cron, --interval or --at") }
            return .once
        }
    }

    var first: Timestamp? { get throws { try at.map { try Timestamp(option: "--at", $0) } } }
    var limit: Duration? { get throws { try maximumRunTime.map { try Duration(option: "--maximum-run-time", $0) } } }

    var policy: TaskSchedule.Overlap {
        get throws {
            guard let overlap else { return .skip }
            guard let policy = TaskSchedule.Overlap(rawValue: overlap) else {
                throw PulpError(.invalid, "--overlap: \(overlap.debugDescription) is neither skip nor queue")
            }
            return policy
        }
    }
}

struct TaskScheduleCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Have a task dispatched at times to come.",
        discussion: """
            EXAMPLES:
              pulpctl task-schedule create --name tidy --task pulpcore.app.tasks.orphan.orphan_cleanup \
            --arguments '{"dryRun": false}' --cron @daily
              pulpctl task-schedule create --name purge --task pulpcore.app.tasks.purge.purge \
            --arguments '{"states": ["completed", "canceled"]}' --interval 7d --overlap queue

            A name that is no task's is answered with the names of all tasks.
            """)

    @Option(help: ArgumentHelp("A name for the schedule.", valueName: "name")) var name: String
    @Option(help: ArgumentHelp("The task, by its name.", valueName: "name")) var task: String
    @Option(help: ArgumentHelp("Its arguments: a JSON object, or @ and a file with one (default: {})", valueName: "json"))
    var arguments: String?
    @OptionGroup var timing: TimingOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (rhythm, first, policy, limit) = (try timing.rhythm, try timing.first, try timing.policy, try timing.limit)
        try await shared.run { session in
            let tasks = session.pulp.tasks
            guard tasks.taskNames.contains(task) else {
                throw PulpError(
                    .invalid, "--task: there is no task \(task.debugDescription), but \(tasks.taskNames.joined(separator: ", "))")
            }
            let schedule = try await tasks.schedule(
                task, arguments: try session.object(arguments ?? "{}", "--arguments"), named: name, rhythm, first: first,
                overlap: policy, maximumRunTime: limit)
            session.show(schedule.object)
        }
    }
}

/// `task-schedule sync`: the task that most schedules are for, without its name and its arguments.
struct TaskScheduleSync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Have a repository brought in line with its remote at times to come.",
        discussion: """
            EXAMPLES:
              pulpctl task-schedule sync --repository debian --cron '0 3 * * *'
              pulpctl task-schedule sync --repository debian --interval 6h --mirror --maximum-run-time 2h
            """)

    @Option(help: ArgumentHelp("The repository.", valueName: "name or prn")) var repository: String
    @Option(help: ArgumentHelp("A name for the schedule (default: sync, and the repository's name)", valueName: "name"))
    var name: String?
    @Option(help: ArgumentHelp("The remote; that of the repository when not given.", valueName: "name or prn")) var remote: String?
    @Flag(inversion: .prefixedNo, help: "Remove what the remote does not have.") var mirror = false
    @OptionGroup var timing: TimingOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (rhythm, first, policy, limit) = (try timing.rhythm, try timing.first, try timing.policy, try timing.limit)
        try await shared.run { session in
            for kind in session.pulp.plugins.flatMap(\.repositories) {
                guard let kind = kind as? any SynchronizedRepository.Type else { continue }
                guard let task = try await synchronization(kind, in: session) else { continue }
                let schedule = try await session.pulp.tasks.schedule(
                    task, named: name ?? "sync \(repository)", rhythm, first: first, overlap: policy, maximumRunTime: limit)
                return session.show(schedule.object)
            }
            throw PulpError(.notFound, "there is no repository \(repository.debugDescription) that can be synchronised")
        }
    }

    /// The task for a repository of one kind; nil when there is none of this name.
    private func synchronization<R: SynchronizedRepository>(_ kind: R.Type, in session: Session) async throws -> (any TaskDefinition)? {
        let found: Record<R>
        do { found = try await session.pulp.named(repository) } catch let error as PulpError where error.code == .notFound { return nil }
        guard let source = remote ?? found.value.repository.remote?.prn else {
            throw PulpError(.invalid, "\(repository) has no remote: name one with --remote")
        }
        let remote: Record<R.Source> = try await session.pulp.named(source)
        return R.synchronization(of: found.id, from: remote.id, mirror: mirror, optimize: true)
    }
}

struct TaskScheduleList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List schedules.")

    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let objects = try await session.pulp.tasks.schedules().map(\.object)
            session.list(
                page.select(page.apply(to: objects)),
                columns: page.columns(default: ["name", "task_name", "cron", "dispatch_interval", "next_dispatch", "last_task"]))
        }
    }
}

/// The options that name one schedule.
struct ScheduleOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The schedule.", valueName: "name")) var name: String?
    @Option(
        name: [.customLong("uuid"), .customLong("prn"), .customLong("href")],
        help: ArgumentHelp("The schedule, by its UUID, PRN or href.", valueName: "uuid"))
    var uuid: String?

    init() {}

    func validate() throws {
        if (name == nil) == (uuid == nil) { throw ArgumentParser.ValidationError("say which schedule: --name or --uuid") }
    }

    func find(in session: Session) async throws -> TaskSchedule {
        let found =
            if let name {
                try await session.pulp.tasks.findSchedule(named: name)
            } else {
                try await session.pulp.tasks.find(ID<TaskSchedule>(prn: "prn:core.taskschedule:\(TaskOptions.uuid(of: uuid ?? ""))"))
            }
        guard let found else { throw PulpError(.notFound, "there is no schedule \((name ?? uuid ?? "").debugDescription)") }
        return found
    }
}

struct TaskScheduleShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a schedule; its arguments stay secret.")

    @OptionGroup var schedule: ScheduleOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in session.show(try await schedule.find(in: session).object) }
    }
}

struct TaskScheduleDestroy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy", abstract: "Delete a schedule; the tasks that it dispatched go on.")

    @OptionGroup var schedule: ScheduleOptions
    @Flag(help: "Say what would be deleted, and delete nothing.") var dryRun = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let found = try await schedule.find(in: session)
            if !dryRun { try await session.pulp.tasks.delete(found.id) }
            session.report(
                "\(dryRun ? "would delete" : "deleted") the schedule \(found.name)",
                ["prn": .string(found.id.prn), "destroyed": .bool(!dryRun)])
        }
    }
}
