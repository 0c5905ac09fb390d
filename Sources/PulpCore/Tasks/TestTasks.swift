/// Does nothing: for measuring, and for trying out what goes on around tasks.
///
/// Known to a ``Pulp`` only where ``Settings/testTasks`` says so.
public struct DummyTask: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.test.dummy_task"
    /// What the task has to itself.
    public var resources: Set<String>
    /// The resources, exclusively.
    public var locks: Locks { Locks(exclusive: resources) }

    /// A task that needs these resources for itself.
    public init(_ resources: Set<String> = []) { self.resources = resources }

    /// Returns at once.
    public func run(in context: TaskContext) async throws -> Empty { Empty() }
}

/// Takes its time: for trying out what happens to a task while it runs.
///
/// Known to a ``Pulp`` only where ``Settings/testTasks`` says so.
public struct SleepTask: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.test.sleep"
    /// How long, in seconds.
    public var interval: Double
    /// What the task has to itself.
    public var resources: Set<String>
    /// The resources, exclusively.
    public var locks: Locks { Locks(exclusive: resources) }

    /// A task that takes so many seconds, and needs these resources for itself.
    public init(_ interval: Double, _ resources: Set<String> = []) { (self.interval, self.resources) = (interval, resources) }

    /// Sleeps.
    public func run(in context: TaskContext) async throws -> Empty {
        try await Task.sleep(for: .seconds(interval))
        return Empty()
    }
}
