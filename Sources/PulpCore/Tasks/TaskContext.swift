/// What a running task sees of Pulp: the store, its progress, and nothing of the engine.
public struct TaskContext: Sendable {
    public let pulp: Pulp

    /// Reports progress under a code; reports of one code update each other. Written to the database at most twice a second.
    public func progress(_ code: String, _ message: String, done: Int, total: Int? = nil) async {}

    /// Records a resource that the task made, for whoever looks at the task.
    public func created<R>(_ id: ID<R>) async throws {}
}
