/// A task as it stands in the database, with all that the API shows of it.
public struct TaskRecord: Sendable {
    public let id: ID<TaskRecord>
    /// The kind of task: the name of its ``TaskDefinition``.
    public let name: String
    public let state: TaskState
    public let correlationID: String
    public let created: Timestamp
    public let updated: Timestamp
    /// When the task had all its locks.
    public let unblocked: Timestamp?
    public let started: Timestamp?
    public let finished: Timestamp?
    /// `{description, traceback, error_code}` of an error, `{reason}` of an end from outside.
    public let error: JSON?
    public let result: JSON?
    /// Who runs the task; nil when nobody does.
    public let worker: ID<WorkerRecord>?
    public let parent: ID<TaskRecord>?
    public let children: [ID<TaskRecord>]
    public let group: ID<TaskGroupRecord>?
    public let progress: [ProgressReport]
    /// PRNs, in the order in which they were made.
    public let createdResources: [String]
    /// PRNs and names, those of shared locks after `shared:`.
    public let reservedResources: [String]

    static func id(uuid: String) -> ID<TaskRecord> { ID(prn: "prn:core.task:\(uuid)") }
}

/// A process that runs tasks.
public struct WorkerRecord: Sendable {
    public let id: ID<WorkerRecord>
    /// `pid@host`.
    public let name: String
    public let started: Timestamp
    public let heartbeat: Timestamp

    static func id(uuid: String) -> ID<WorkerRecord> { ID(prn: "prn:core.worker:\(uuid)") }
}

/// Tasks that belong together.
public struct TaskGroupRecord: Sendable {
    public let id: ID<TaskGroupRecord>
    public let description: String
    public let created: Timestamp
    /// How many of its tasks are in which state; a state without tasks is missing.
    public let counts: [TaskState: Int]
    /// In the order of dispatch.
    public let tasks: [ID<TaskRecord>]

    static func id(uuid: String) -> ID<TaskGroupRecord> { ID(prn: "prn:core.taskgroup:\(uuid)") }
}
