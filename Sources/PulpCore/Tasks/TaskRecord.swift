/// A task as it stands in the database, with all that the API shows of it.
public struct TaskRecord: Sendable {
    /// The task's identity.
    public let id: ID<TaskRecord>
    /// The kind of task: the name of its ``TaskDefinition``.
    public let name: String
    /// Where the task is in its life.
    public let state: TaskState
    /// What logs know the request by; children have that of their parent.
    public let correlationID: String
    /// When the task was dispatched.
    public let created: Timestamp
    /// When the task's state changed last.
    public let updated: Timestamp
    /// When the task had all its locks.
    public let unblocked: Timestamp?
    /// When a worker took the task; nil while it waits.
    public let started: Timestamp?
    /// When the task reached its final state; nil before.
    public let finished: Timestamp?
    /// `{description, traceback, error_code}` of an error, `{reason}` of an end from outside.
    public let error: JSON?
    /// The output of a completed task; nil when it has none.
    public let result: JSON?
    /// Who runs the task; nil when nobody does.
    public let worker: ID<WorkerRecord>?
    /// The task that dispatched this one.
    public let parent: ID<TaskRecord>?
    /// Who asked for the task; nil when nobody is known, or the user is gone.
    public let creator: ID<User>?
    /// The tasks that this one dispatched, in that order.
    public let children: [ID<TaskRecord>]
    /// The group that the task belongs to.
    public let group: ID<TaskGroupRecord>?
    /// One report for each part, in the order of their first mention.
    public let progress: [ProgressReport]
    /// PRNs, in the order in which they were made.
    public let createdResources: [String]
    /// PRNs and names, those of shared locks after `shared:`.
    public let reservedResources: [String]

    static func id(uuid: String) -> ID<TaskRecord> { ID(prn: "prn:core.task:\(uuid)") }
}

/// A process that runs tasks.
public struct WorkerRecord: Sendable {
    /// The worker's identity, new each time that a process begins to run tasks.
    public let id: ID<WorkerRecord>
    /// `pid@host`.
    public let name: String
    /// When the worker appeared.
    public let started: Timestamp
    /// When the worker last said that it lives.
    public let heartbeat: Timestamp
    /// The task that the worker runs; one of them, where it runs several.
    public let currentTask: ID<TaskRecord>?

    static func id(uuid: String) -> ID<WorkerRecord> { ID(prn: "prn:core.appstatus:\(uuid)") }
}

/// Tasks that belong together.
public struct TaskGroupRecord: Sendable {
    /// The group's identity.
    public let id: ID<TaskGroupRecord>
    /// What the group is for, in the words of who made it.
    public let description: String
    /// When the group was made.
    public let created: Timestamp
    /// How many of its tasks are in which state; a state without tasks is missing.
    public let counts: [TaskState: Int]
    /// In the order of dispatch.
    public let tasks: [ID<TaskRecord>]

    static func id(uuid: String) -> ID<TaskGroupRecord> { ID(prn: "prn:core.taskgroup:\(uuid)") }
}
