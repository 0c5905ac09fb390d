extension Pulp {
    /// Dispatches a task for whoever runs tasks, as ``TaskEngine/dispatch(_:group:correlationID:)`` says.
    public func dispatch<T: TaskDefinition>(_ task: T, group: ID<TaskGroupRecord>? = nil) async throws -> TaskHandle<T.Output> {
        try await tasks.dispatch(task, group: group)
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
