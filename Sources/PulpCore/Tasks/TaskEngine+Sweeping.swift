internal import Synchronization

extension TaskEngine {
    /// How often a process looks whether others have died.
    static let sweepInterval = Duration.milliseconds(250)

    /// Fails the tasks of workers that died, passes their locks on, and forgets other processes that died.
    ///
    /// Costs a read and a look at the leases where all are alive. Any number of processes may do it at once.
    /// - Returns: the UUIDs of the workers that are alive.
    @discardableResult
    func sweep(at now: SuspendingClock.Instant = .now) async throws -> Set<String> {
        do {
            let found = try await database.read { db in
                Findings(
                    workers: try Self.processes("worker", in: db), others: try Self.processes("app_status", in: db),
                    hasOrphans: try !db.query(Self.tasks(of: nil)).isEmpty)
            }
            let dead = try await dead(among: found.workers + found.others, at: now)
            if found.hasOrphans { try await bury(nil) }
            for worker in found.workers where dead.contains(worker.uuid) { try await bury(worker) }
            let others = found.others.filter { dead.contains($0.uuid) }.map(\.key)
            if !others.isEmpty {
                _ = try await database.write { db in try db.execute("DELETE FROM app_status WHERE id \(in: others)") }
            }
            return Set(found.workers.map(\.uuid)).subtracting(dead)
        } catch {
            liveness.withLock { $0.forget() }
            throw error
        }
    }

    private struct Findings: Sendable {
        let workers: [Process]
        let others: [Process]
        /// Whether a task runs that has no worker.
        let hasOrphans: Bool
    }

    private struct Process: Sendable {
        let key: Int64
        let uuid: String
        let heartbeat: Timestamp
    }

    private static func processes(_ table: SQL, in db: any SQLConnection) throws -> [Process] {
        try db.query("SELECT id, uuid, heartbeat FROM \(sql: table)").map {
            Process(key: try $0.get(0), uuid: try $0.get(1), heartbeat: try $0.get(2))
        }
    }

    private func dead(among processes: [Process], at now: SuspendingClock.Instant) async throws -> Set<String> {
        let free = try await database.freeLeases(among: processes.map { Presence.leaseName($0.uuid) })
        let sightings = processes.map {
            Liveness.Sighting(
                uuid: $0.uuid, heartbeat: $0.heartbeat, isLeaseFree: free.contains(Presence.leaseName($0.uuid)))
        }
        return liveness.withLock { $0.observe(sightings, at: now) }
    }

    /// Ends the tasks of a dead worker, or those whose worker nobody knows.
    private func bury(_ worker: Process?) async throws {
        let reason = JSON(taskReason: "Worker has gone missing.")
        let ended = try await database.write { db -> [Int64: TaskEnd] in
            // Keys are given again, UUIDs are not.
            if let worker, try db.first("SELECT id FROM worker WHERE id = \(worker.key) AND uuid = \(worker.uuid)") == nil { return [:] }
            let tasks = try db.query(Self.tasks(of: worker?.key)).map { try $0.get(0, as: Int64.self) }
            let reserved = try worker.map { try Self.tasksReserved(for: $0.key, in: db) } ?? []
            let children = try LockQueue.enter(tasks: tasks + reserved, childrenOf: tasks, in: db)
            let error: SQL = ", error = \(reason.text)"
            let canceled = try TaskTransition(from: .canceling, to: .canceled).apply(to: tasks, in: db)
            let failed = try TaskTransition(from: .running, to: .failed, setting: error).apply(to: tasks, in: db)
            try self.settle(failed, as: .failed, in: db)
            let orphaned = try Self.waitingChildren(of: canceled, in: db).filter(children.contains) + reserved
            let canceledChildren = try TaskTransition(from: .waiting, to: .canceled).apply(to: orphaned, in: db)
            try self.settle(canceled + canceledChildren, as: .canceled, in: db)
            if let worker { try db.execute("DELETE FROM worker WHERE id = \(worker.key)") }
            try db.announce()
            var ended: [Int64: TaskEnd] = [:]
            for task in failed { ended[task] = TaskEnd(state: .failed, result: nil, error: reason) }
            for task in canceled + canceledChildren { ended[task] = .canceled }
            return ended
        }
        for (task, end) in ended { watch.ended(task, end) }
        bell.ring()
    }

    private static func tasks(of worker: Int64?) -> SQL {
        let owner: SQL = worker.map { "worker = \($0)" } ?? "worker IS NULL"
        return """
            SELECT id FROM task
            WHERE finished IS NULL AND state IN (\(TaskState.running), \(TaskState.canceling)) AND \(sql: owner)
            """
    }

    /// Tasks that wait for one worker, and that nobody else may run.
    private static func tasksReserved(for worker: Int64, in db: any SQLConnection) throws -> [Int64] {
        try db.query("SELECT id FROM task WHERE finished IS NULL AND state = \(TaskState.waiting) AND worker = \(worker)")
            .map { try $0.get(0) }
    }

    /// Takes every process for dead, and ends what they were running.
    ///
    /// For a database that was brought here from elsewhere: the processes that it speaks of live, if they do, with another one.
    func buryEverybody() async throws {
        for worker in try await database.read({ try Self.processes("worker", in: $0) }) { try await bury(worker) }
        try await bury(nil)
        _ = try await database.write { db in try db.execute("DELETE FROM app_status") }
    }

    /// Removes the working directories of tasks that ended with their process.
    func removeLeftoverDirectories() async throws {
        // First the directories: the task of one that is made later is not missed as unfinished.
        let found = TaskDirectory.leftovers(in: settings)
        guard !found.isEmpty else { return }
        let unfinished = try await database.read { db in
            let rows = try db.query("SELECT uuid FROM task WHERE uuid \(in: found) AND finished IS NULL")
            return Set(try rows.map { try $0.get(0, as: String.self) })
        }
        for uuid in found where !unfinished.contains(uuid) { try TaskDirectory.remove(leftover: uuid, in: settings) }
    }
}
