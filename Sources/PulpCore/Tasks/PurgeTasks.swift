/// Forgets tasks that ended long ago.
public struct PurgeTasks: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.purge.purge"

    /// Only tasks that ended before; nil for thirty days before the task runs.
    public var finishedBefore: Timestamp?
    /// Only tasks in these states, nil for those that completed; those that are not final are never forgotten.
    public var states: Set<TaskState>?
    /// Only tasks that this user may delete when the task runs; nil for all.
    public var user: ID<User>?

    /// Forgets tasks that completed thirty days ago or earlier, unless more is said.
    public init(finishedBefore: Timestamp? = nil, states: Set<TaskState>? = nil, for user: ID<User>? = nil) {
        (self.finishedBefore, self.states, self.user) = (finishedBefore, states, user)
    }

    /// None: nobody needs a task that has ended.
    public var locks: Locks { .none }

    /// Forgets in batches; one that is canceled leaves the rest for the next.
    /// - Returns: how many tasks were forgotten.
    public func run(in context: TaskContext) async throws -> Int {
        try await context.pulp.tasks.purge(
            finishedBefore: finishedBefore ?? .now - .seconds(30 * 86_400), states: states ?? [.completed],
            where: try await deletable(context.pulp), progress: ProgressSink(context))
    }

    /// The tasks that the user may delete, as a condition on their table as `t`.
    private func deletable(_ pulp: Pulp) async throws -> SQL {
        guard let user else { return "TRUE" }
        guard let found = try await pulp.database.read({ db in try Users.find(user, in: db) }) else { return "FALSE" }
        guard let rows = pulp.rules.viewset(named: "tasks")?.rows else { return "FALSE" }
        return RoleBindings.condition(allowing: found, "core.delete_task", prn: rows.prn, domain: rows.domain)
    }
}

extension TaskEngine {
    /// Forgets tasks that ended before a moment, in batches.
    /// - Parameter states: which of them; those that are not final are never forgotten.
    /// - Returns: how many there were.
    @discardableResult
    public func purge(finishedBefore moment: Timestamp, states: Set<TaskState> = [.completed]) async throws -> Int {
        try await purge(finishedBefore: moment, states: states, where: "TRUE", progress: .none)
    }

    private static let batch = 1000

    /// - Parameter chosen: on the table as `t`.
    private static func ended(_ moment: Timestamp, _ states: Set<TaskState>, _ chosen: SQL) -> SQL {
        "t.finished < \(moment) AND t.state \(in: states.filter(\.isFinal)) AND \(sql: chosen)"
    }

    func purge(
        finishedBefore moment: Timestamp, states: Set<TaskState>, where chosen: SQL, progress: ProgressSink
    ) async throws -> Int {
        let condition = Self.ended(moment, states, chosen)
        var sum = (tasks: 0, reports: 0, resources: 0)
        while true {
            try Task.checkCancellation()
            let gone = try await database.write { db in
                let keys = try db.query("SELECT t.id FROM task AS t WHERE \(sql: condition) ORDER BY t.id LIMIT \(Self.batch)")
                    .map { try $0.get(0, as: Int64.self) }
                let reports = try db.value("SELECT COUNT(*) FROM progress_report WHERE task \(in: keys)", as: Int.self) ?? 0
                let resources = try db.value("SELECT COUNT(*) FROM created_resource WHERE task \(in: keys)", as: Int.self) ?? 0
                try RoleBindings.forget(tasks: "id \(in: keys) AND finished IS NOT NULL", in: db)
                let tasks = try db.execute("DELETE FROM task WHERE id \(in: keys) AND finished IS NOT NULL")
                return (tasks: tasks, reports: reports, resources: resources)
            }
            sum = (sum.tasks + gone.tasks, sum.reports + gone.reports, sum.resources + gone.resources)
            let total = sum.tasks + sum.reports + sum.resources
            await progress.report("purge.tasks.total", "Purged task-related-objects total", done: total)
            for (key, done) in [("Task", sum.tasks), ("ProgressReport", sum.reports), ("CreatedResource", sum.resources)] {
                await progress.report("purge.tasks.key.core.\(key)", "Purged task-objects of type core.\(key)", done: done)
            }
            if gone.tasks == 0 { return sum.tasks }
        }
    }
}
