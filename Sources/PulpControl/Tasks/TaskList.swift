import ArgumentParser
import PulpCore

/// `repository task`: what was and is to be done with one repository.
struct RepositoryTaskNoun<R: RepositoryKind>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let list = "\(R.schema.plugin) repository task list"
        return .noun(
            "task", "The tasks of a repository.",
            examples: ["\(list) --repository r", "\(list) --repository r --state-in failed,canceled"],
            verbs: [TaskList<TasksOfRepository<R>>.self])
    }
}

/// Which tasks a list begins with, before filters narrow it down.
protocol TaskScope: ParsableArguments {
    func restrict(_ filter: inout TaskFilter, in session: Session) async throws
}

/// `task list`: all tasks, unless a resource is named.
struct EveryTask: TaskScope {
    @Option(help: ArgumentHelp("Only those that have this to themselves.", valueName: "prn")) var exclusiveResource: String?
    @Option(help: ArgumentHelp("Only those that have one of these to themselves.", valueName: "prn,…")) var exclusiveResourceIn: String?
    @Option(help: ArgumentHelp("Only those that share this.", valueName: "prn")) var sharedResource: String?
    @Option(help: ArgumentHelp("Only those that share one of these.", valueName: "prn,…")) var sharedResourceIn: String?
    @Option(help: ArgumentHelp("Only those that have or share this.", valueName: "prn")) var reservedResource: String?
    @Option(help: ArgumentHelp("Only those that have or share one of these.", valueName: "prn,…")) var reservedResourceIn: String?

    func restrict(_ filter: inout TaskFilter, in session: Session) {
        filter.exclusiveResources = Self.set(exclusiveResource, exclusiveResourceIn)
        filter.sharedResources = Self.set(sharedResource, sharedResourceIn)
        filter.reservedResources = Self.set(reservedResource, reservedResourceIn)
    }

    private static func set(_ one: String?, _ several: String?) -> Set<String>? {
        guard one != nil || several != nil else { return nil }
        return Set([one].compactMap { $0 } + (several?.split(separator: ",").map(String.init) ?? []))
    }
}

/// `repository task list`: the tasks that have or share one repository.
struct TasksOfRepository<R: RepositoryKind>: TaskScope {
    @OptionGroup var repository: DerivedOptions<NounSelection<R>>

    func restrict(_ filter: inout TaskFilter, in session: Session) async throws {
        filter.reservedResources = [try await repository.find(in: session.pulp).id.prn]
    }
}

struct TaskList<Scope: TaskScope>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list", abstract: "List tasks, the youngest first.",
            discussion: "Shows 25 unless --limit says otherwise. Tasks can be ordered by \(orders.keys.sorted().joined(separator: ", ")).")
    }

    @OptionGroup var scope: Scope
    @Option(
        help: ArgumentHelp("Only in this state.", valueName: "state"), completion: .list(TaskState.allCases.map(\.rawValue)))
    var state: String?
    @Option(help: ArgumentHelp("Only in one of these states.", valueName: "state,…")) var stateIn: String?
    @Option(help: ArgumentHelp("Only with this name.", valueName: "text")) var name: String?
    @Option(help: ArgumentHelp("Only with a name that contains this.", valueName: "text")) var nameContains: String?
    @Option(help: ArgumentHelp("Only children of this task.", valueName: "uuid")) var parentTask: String?
    @Option(help: ArgumentHelp("Only of this group.", valueName: "uuid")) var taskGroup: String?
    @Option(help: ArgumentHelp("Only those that this worker has or had.", valueName: "uuid")) var worker: String?
    @Option(help: ArgumentHelp("Only with this correlation id.", valueName: "text")) var cid: String?
    @Option(help: ArgumentHelp("Only those that made this.", valueName: "prn")) var createdResource: String?
    @OptionGroup var moments: TaskMoments
    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        var filter = TaskFilter(states: try TaskState.set(state: state, states: stateIn), nameContains: nameContains)
        filter.name = name
        filter.parent = parentTask.map { ID(prn: "prn:core.task:\(TaskOptions.uuid(of: $0))") }
        filter.group = taskGroup.map { ID(prn: "prn:core.taskgroup:\(TaskOptions.uuid(of: $0))") }
        filter.worker = worker.map { ID(prn: "prn:core.appstatus:\(TaskOptions.uuid(of: $0))") }
        filter.correlationID = cid
        filter.createdResource = createdResource
        (filter.started, filter.finished) = (try moments.started, try moments.finished)
        (filter.limit, filter.offset) = (page.limit ?? 25, page.offset)
        if let (field, isDescending) = page.order {
            guard let key = Self.orders[field] else {
                throw PulpError(
                    .invalid, "--ordering: \(field.debugDescription) is not one of \(Self.orders.keys.sorted().joined(separator: ", "))")
            }
            filter.order = .init(by: key, isDescending: isDescending)
        }
        let chosen = filter
        try await shared.run { session in
            var filter = chosen
            try await scope.restrict(&filter, in: session)
            let tasks = try await session.pulp.tasks.list(filter).tasks
            // A field that is asked for may be any that JSON has.
            let objects = session.options.json || !page.fields.isEmpty ? tasks.map(\.object) : tasks.map(\.row)
            session.list(
                page.select(objects), columns: page.columns(default: ["uuid", "name", "state", "pulp_created", "took", "message"]))
        }
    }

    /// What tasks can be ordered by, by the names of the REST API.
    private static var orders: [String: TaskFilter.Order.Key] {
        [
            "pulp_created": .created, "unblocked_at": .unblocked, "started_at": .started, "finished_at": .finished, "name": .name,
            "state": .state,
        ]
    }
}

/// The options that say when tasks were begun and ended.
struct TaskMoments: ParsableArguments {
    @Option(help: ArgumentHelp("Only those that began at this time or later, in UTC.", valueName: Self.shape)) var startedAfter: String?
    @Option(help: ArgumentHelp("Only those that began at this time or earlier, in UTC.", valueName: Self.shape)) var startedBefore: String?
    @Option(help: ArgumentHelp("Only those that ended at this time or later, in UTC.", valueName: Self.shape)) var finishedAfter: String?
    @Option(help: ArgumentHelp("Only those that ended at this time or earlier, in UTC.", valueName: Self.shape)) var finishedBefore: String?

    private static var shape: String { Condition.Lookup.after.placeholder }

    init() {}

    var started: ClosedRange<Timestamp>? { get throws { try Self.range("started", startedAfter, startedBefore) } }
    var finished: ClosedRange<Timestamp>? { get throws { try Self.range("finished", finishedAfter, finishedBefore) } }

    private static func range(_ what: String, _ after: String?, _ before: String?) throws(PulpError) -> ClosedRange<Timestamp>? {
        guard after != nil || before != nil else { return nil }
        var (first, last) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max))
        if let after { first = try Timestamp(option: "--\(what)-after", after) }
        if let before { last = try Timestamp(option: "--\(what)-before", before) }
        guard first <= last else { throw PulpError(.invalid, "--\(what)-after is later than --\(what)-before") }
        return first...last
    }
}
