extension Pulp {
    /// Dispatches a task for whoever runs tasks, as ``TaskEngine/dispatch(_:group:correlationID:)`` says.
    ///
    /// One that is dispatched to run at once has ended when this returns; it fails with `taskTimeout` after five seconds.
    /// - Parameter execution: whether the task may or must run here and now; only one with ``TaskDefinition/isImmediate`` can.
    public func dispatch<T: TaskDefinition>(
        _ task: T, group: ID<TaskGroupRecord>? = nil, execution: TaskExecution = .deferred
    ) async throws -> TaskHandle<T.Output> {
        if execution == .deferred { return try await tasks.dispatch(task, group: group) }
        return try await tasks.dispatchNow(task, with: self, group: group, execution: execution)
    }

    /// Dispatches a task, runs it in this process if nobody else does, and waits for its end.
    ///
    /// Canceling the Swift task that waits cancels the Pulp task, and waits until it is canceled.
    /// - Parameter onProgress: called with each report of the task.
    /// - Throws: what ``TaskHandle/value()`` throws.
    @discardableResult
    public func run<T: TaskDefinition>(
        _ task: T, group: ID<TaskGroupRecord>? = nil, onProgress: (@Sendable (ProgressReport) -> Void)? = nil
    ) async throws -> T.Output {
        try await tasks.run(task, with: self, group: group, onProgress: onProgress)
    }

    /// Runs tasks until the surrounding Swift task is canceled, as ``TaskEngine/run(with:until:)`` says.
    public func runWorkers() async throws {
        try await tasks.run(with: self)
    }
}
