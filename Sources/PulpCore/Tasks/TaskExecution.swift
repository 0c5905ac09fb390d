/// When and where a dispatched task runs.
public enum TaskExecution: Sendable, Hashable {
    /// When a worker has a place for it.
    case deferred
    /// At once in this process, or not at all: when another task has or awaits a lock that it needs, it is canceled with the reason
    /// "Resources temporarily unavailable."
    case immediate
    /// At once in this process, or else when a worker has a place for it.
    case immediateOrDeferred
}

extension TaskEngine {
    /// Dispatches an immediate task, runs it here and now if all its locks are free, and returns when it has ended.
    ///
    /// One that does not run here waits for a worker, or is canceled, as `execution` says.
    func dispatchNow<T: TaskDefinition>(
        _ task: T, with pulp: Pulp, group: ID<TaskGroupRecord>?, execution: TaskExecution
    ) async throws -> TaskHandle<T.Output> {
        guard T.isImmediate else { throw PulpError(.systemState, "the task \(T.name) is not an immediate one") }
        let draft = try draft(of: task, group: group)
        // Under its lease the task runs: should this process die, the task fails as any other.
        let host = try await useGuest(pulp, .always)
        defer { leaveGuest() }
        guard let host else { throw PulpError(.systemState, "this process has no worker for immediate tasks") }
        let worker = host.identity.key
        let (key, runsHere) = try await database.write { db in
            let key = try draft.insert(in: db)
            let now = Timestamp.now
            // The row of the worker is missing when somebody took this process for dead.
            let claimed = try db.execute(
                """
                UPDATE task SET state = \(TaskState.running), worker = \(worker), started = \(now), updated = \(now)
                WHERE id = \(key) AND state = \(TaskState.waiting) AND waiting_locks = 0
                    AND EXISTS (SELECT 1 FROM worker WHERE worker.id = \(worker))
                """)
            if claimed == 0, execution == .immediate {
                try LockQueue.enter(tasks: [key], in: db)
                let reason = Self.setting(reason: "Resources temporarily unavailable.")
                let canceled = try TaskTransition(from: .waiting, to: .canceled, setting: reason).apply(to: [key], in: db)
                try self.settle(canceled, as: .canceled, in: db)
            }
            return (key, claimed == 1)
        }
        if !runsHere { noteGuest(key, childOf: draft.parent) }
        bell.ring()
        let handle = TaskHandle<T.Output>(id: TaskRecord.id(uuid: draft.uuid), key: key, engine: self)
        guard runsHere else { return handle }
        let claim = TaskClaim(
            key: key, uuid: draft.uuid, name: draft.name, arguments: draft.arguments, correlationID: draft.correlationID,
            creator: draft.creator, limit: immediateLimit)
        host.start(claim, as: worker)
        _ = try await watch.end(of: key)
        return handle
    }
}

extension TaskClaim {
    /// Runs a body, interrupts it when the task's time is up, and fails then, whatever came of it.
    func withinLimit(_ body: @escaping @Sendable () async throws -> JSON?) async throws -> JSON? {
        guard let limit else { return try await body() }
        return try await withThrowingTaskGroup(of: JSON?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw PulpError(.taskTimeout, "Immediate task \(uuid) timed out after \(limit / .seconds(1)) seconds.")
            }
            // The first to end decides; the other is interrupted, and awaited.
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
