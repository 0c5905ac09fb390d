/// What a running task sees of Pulp: the store, its progress, and nothing of the engine.
public struct TaskContext: Sendable {
    /// The store that the task works on; it takes nothing more from the task once that was declared dead.
    public let pulp: Pulp
    let run: TaskRun

    init(_ pulp: Pulp, _ run: TaskRun) {
        self.pulp = Pulp(
            pulp, database: TaskDatabase(database: pulp.database, fence: run.fence, logger: pulp.settings.logger))
        self.run = run
    }

    /// The task.
    public var taskID: ID<TaskRecord> { run.claim.id }

    /// A folder for this task alone, made when it is first asked for, which disappears with the task, however that ends.
    public var workingDirectory: String {
        get throws { try run.directory.path }
    }

    /// Reports progress under a code; reports of one code update each other.
    ///
    /// Costs nothing worth counting: they are written to the database at most twice a second, and when the task ends.
    public func progress(_ code: String, _ message: String, done: Int, total: Int? = nil) async {
        run.report(ProgressReport(code: code, message: message, done: done, total: total))
    }

    /// Records a resource that the task made, for whoever looks at the task.
    ///
    /// The order is kept; the records appear when the task ends, in the transaction that ends it.
    public func created<R>(_ id: ID<R>) async throws {
        run.created(id.prn)
    }

    /// Dispatches another task as a child of this one, as ``TaskEngine/dispatch(_:group:correlationID:)`` says.
    public func dispatch<T: TaskDefinition>(_ task: T, group: ID<TaskGroupRecord>? = nil) async throws -> TaskHandle<T.Output> {
        try await pulp.tasks.dispatch(task, group: group)
    }
}
