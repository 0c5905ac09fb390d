internal import Synchronization

/// Dispatches tasks, runs them, and tells how they ended.
///
/// The state is in the database alone: any number of engines, in any number of processes, work on one.
///
/// ```swift
/// let handle = try await pulp.tasks.dispatch(SyncFiles(…))   // somebody's worker runs it
/// let version = try await handle.value()
/// let version = try await pulp.run(SyncFiles(…))             // the same, and here if nobody else does
/// ```
public final class TaskEngine: Sendable {
    let database: any Database
    let settings: Settings
    /// Seals the arguments of tasks: the database shows none.
    let box: SecretBox
    /// The tasks that this program can run, by their names.
    let definitions: [String: any TaskDefinition.Type]
    /// How long immediate tasks may run.
    let immediateLimit: Duration
    let onTaskAborted: [@Sendable (any SQLConnection, [Int64]) throws -> Void]
    let onTaskCreated: [@Sendable (any SQLConnection, ID<TaskRecord>, ID<User>) throws -> Void]
    let bell: Bell
    let watch: TaskWatch
    let guests = Mutex(Guests())
    /// What this process sees of the others.
    let liveness: Mutex<Liveness>

    /// Makes an engine.
    /// - Parameters:
    ///   - box: seals arguments; the same in all processes that share a database.
    ///   - definitions: every kind of task that may be dispatched or run in this process.
    ///   - onTaskAborted: called with the keys of tasks that fail or are canceled, in the transaction in which they do, to remove
    ///     what they left incomplete.
    ///   - onTaskCreated: called with a task that a user asked for, in the transaction that writes it.
    ///   - immediateLimit: how long a task may run that is dispatched to run at once.
    /// - Precondition: no two definitions share a name.
    public init(
        database: any Database, settings: Settings, box: SecretBox, definitions: [any TaskDefinition.Type],
        onTaskAborted: [@Sendable (any SQLConnection, [Int64]) throws -> Void] = [],
        onTaskCreated: [@Sendable (any SQLConnection, ID<TaskRecord>, ID<User>) throws -> Void] = [],
        immediateLimit: Duration = .seconds(5)
    ) {
        (self.database, self.settings, self.box, self.onTaskAborted) = (database, settings, box, onTaskAborted)
        (self.onTaskCreated, self.immediateLimit) = (onTaskCreated, immediateLimit)
        self.definitions = Dictionary(definitions.map { ($0.name, $0) }) { first, second in
            preconditionFailure("\(first) and \(second) share the name of a task")
        }
        liveness = Mutex(Liveness(lifetime: settings.workerLifetime, grace: database.leaseGrace))
        bell = Bell(database)
        watch = TaskWatch(database, bell)
    }

    /// Writes a task into the queues of its locks, and returns at once.
    ///
    /// A task that is dispatched by a running task is its child.
    /// - Parameters:
    ///   - group: the group that the task belongs to; that of the parent when nil.
    ///   - correlationID: what logs know the request by; that of the parent, or a new one, when nil.
    /// - Throws: ``PulpError`` with `systemState` when the kind of task is not among the engine's definitions, with `notFound` when
    ///   there is no such group; `CancellationError` when the task that dispatches it was canceled.
    public func dispatch<T: TaskDefinition>(
        _ task: T, group: ID<TaskGroupRecord>? = nil, correlationID: String? = nil
    ) async throws -> TaskHandle<T.Output> {
        try await dispatch(task, group: group, correlationID: correlationID, worker: nil)
    }

    /// Writes many tasks into the queues of their locks, in their order and in one transaction: all of them, or none.
    ///
    /// Costs one wait for the disk, not one for each; a few hundred at a time keep the queues of others open.
    /// - Parameter group: the group that the tasks belong to; that of the parent when nil.
    /// - Throws: as ``dispatch(_:group:correlationID:)``; nothing is dispatched then.
    public func dispatch<T: TaskDefinition>(
        contentsOf tasks: [T], group: ID<TaskGroupRecord>? = nil
    ) async throws -> [TaskHandle<T.Output>] {
        let drafts = try tasks.map { try draft(of: $0, group: group) }
        let locks = drafts.reduce(Locks.none) { $0 + $1.locks }
        let keys = try await database.write { db in
            try db.preferIndexes()
            // All queues at once: one after the other, two such transactions could wait for each other.
            try LockQueue.enter(locks, in: db)
            return try drafts.map { try $0.write(in: db) }
        }
        bell.ring()
        return zip(drafts, keys).map { draft, key in
            noteGuest(key, childOf: draft.parent)
            return TaskHandle(id: TaskRecord.id(uuid: draft.uuid), key: key, engine: self)
        }
    }

    /// One task for one worker alone, when there is one.
    func dispatch<T: TaskDefinition>(
        _ task: T, group: ID<TaskGroupRecord>?, correlationID: String? = nil, worker: Int64?
    ) async throws -> TaskHandle<T.Output> {
        let draft = try draft(of: task, group: group, correlationID: correlationID, worker: worker)
        let key = try await database.write { db in try draft.insert(in: db) }
        noteGuest(key, childOf: draft.parent)
        bell.ring()
        return TaskHandle(id: TaskRecord.id(uuid: draft.uuid), key: key, engine: self)
    }

    /// The guest that runs a task runs its children too.
    func noteGuest(_ task: Int64, childOf parent: Int64?) {
        guests.withLock { guests in
            if let parent, guests.tasks.contains(parent) { guests.tasks.insert(task) }
        }
    }

    /// A task as it is to be written, as a child of the one that runs here.
    func draft<T: TaskDefinition>(
        of task: T, group: ID<TaskGroupRecord>? = nil, correlationID: String? = nil, worker: Int64? = nil
    ) throws -> TaskDraft {
        guard definitions[T.name] != nil else {
            throw PulpError(.systemState, "the task \(T.name) belongs to no plugin of this program")
        }
        let parent = TaskRun.current
        return TaskDraft(
            uuid: UUIDv7.make(), name: T.name, arguments: try box.seal(arguments: task), locks: task.locks.withDomain,
            parent: parent?.claim.key, group: group, worker: worker,
            creator: parent.map(\.claim.creator) ?? TaskOrigin.current?.user, didInsert: onTaskCreated,
            correlationID: correlationID ?? parent?.claim.correlationID ?? TaskOrigin.current?.correlationID
                ?? UUIDv7.make().filter { $0 != "-" })
    }

    /// Makes a group for tasks to be dispatched into.
    public func makeGroup(_ description: String) async throws -> ID<TaskGroupRecord> {
        let id = TaskGroupRecord.id(uuid: UUIDv7.make())
        _ = try await database.write { db in
            try db.execute(
                "INSERT INTO task_group (prn, description, created) VALUES (\(id), \(description), \(Timestamp.now))")
        }
        return id
    }
}

/// A task on its way into the database.
struct TaskDraft: Sendable {
    let uuid: String
    let name: String
    let arguments: String
    let locks: Locks
    let parent: Int64?
    let group: ID<TaskGroupRecord>?
    /// The only worker that may claim the task; nil for any.
    var worker: Int64?
    /// Who asked; that of the parent for a child.
    var creator: ID<User>?
    var didInsert: [@Sendable (any SQLConnection, ID<TaskRecord>, ID<User>) throws -> Void] = []
    let correlationID: String

    /// - Returns: the task's key.
    func insert(in db: any SQLConnection) throws -> Int64 {
        try db.preferIndexes()
        try LockQueue.enter(locks, in: db)
        return try write(in: db)
    }

    /// The same in a transaction that has entered the queues of its locks.
    func write(in db: any SQLConnection) throws -> Int64 {
        if let parent {
            let state = try db.value("SELECT state FROM task WHERE id = \(parent)", as: TaskState.self)
            guard state == .running else { throw CancellationError() }
        }
        if let group, try db.first("SELECT id FROM task_group WHERE prn = \(group)") == nil {
            throw PulpError(.notFound, "there is no task group \(group)")
        }
        let now = Timestamp.now
        let key = try db.value(
            """
            INSERT INTO task (
                id, uuid, name, state, arguments, waiting_locks, worker, parent, task_group, created_by, logging_cid, created, updated,
                unblocked)
            VALUES (\(sql: TaskNumber.next), \(uuid), \(name), \(TaskState.waiting), \(arguments), 0, \(worker.sql), \(parent.sql),
                COALESCE((SELECT id FROM task_group WHERE prn = \(group.sql)), (SELECT task_group FROM task WHERE id = \(parent.sql))),
                COALESCE(CAST(\(creator?.number.sql ?? .null) AS BIGINT), (SELECT created_by FROM task WHERE id = \(parent.sql))),
                \(correlationID), \(now), \(now), \(now))
            RETURNING id
            """, as: Int64.self)
        guard let key else { throw DatabaseError(.other, "a task was not inserted") }
        var resources = SQLRows([("resource", .text), ("exclusive", .boolean)])
        for (resource, exclusive) in locks.all { resources.append([.text(resource), .boolean(exclusive)]) }
        try db.post(
            """
            INSERT INTO task_resource (task, resource, exclusive)
            SELECT CAST(\(key) AS BIGINT), r.resource, r.exclusive FROM \(rows: resources, as: "r")
            """)
        _ = try LockQueue.dispatch(key, locks, in: db)
        if let creator {
            for body in didInsert { try body(db, TaskRecord.id(uuid: uuid), creator) }
        }
        try db.announce()
        return key
    }
}
