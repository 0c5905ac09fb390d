extension TaskEngine {
    /// Fails the tasks of workers that died, and passes their locks on.
    ///
    /// Costs one read where all are alive. A dead worker's lease is free; whoever takes it does this once for all, and nobody waits.
    func sweep() async throws {
        let (workers, orphans) = try await database.read { db in
            (
                try db.query("SELECT id, uuid FROM worker").map {
                    (key: try $0.get(0, as: Int64.self), uuid: try $0.get(1, as: String.self))
                },
                try db.query(Self.tasks(of: nil)).isEmpty
            )
        }
        if !orphans { try await bury(nil) }
        for worker in workers {
            guard let lease = try await database.acquireLease(WorkerIdentity.leaseName(worker.uuid)) else { continue }
            do {
                try await bury(worker.key)
            } catch {
                await lease.release()
                throw error
            }
            await lease.release()
        }
    }

    /// Ends the tasks of a dead worker, or those whose worker nobody knows.
    private func bury(_ worker: Int64?) async throws {
        let reason = JSON(taskReason: "Worker has gone missing.")
        let ended = try await database.write { db -> [Int64: TaskEnd] in
            let tasks = try db.query(Self.tasks(of: worker)).map { try $0.get(0, as: Int64.self) }
            let children = try Self.waitingChildren(of: tasks, in: db)
            try LockQueue.enter(tasks: tasks + children, in: db)
            let error: SQL = ", error = \(reason.text)"
            let canceled = try TaskTransition(from: .canceling, to: .canceled).apply(to: tasks, in: db)
            let failed = try TaskTransition(from: .running, to: .failed, setting: error).apply(to: tasks, in: db)
            try self.settle(failed, as: .failed, in: db)
            let orphaned = try Self.waitingChildren(of: canceled, in: db).filter(children.contains)
            let canceledChildren = try TaskTransition(from: .waiting, to: .canceled).apply(to: orphaned, in: db)
            try self.settle(canceled + canceledChildren, as: .canceled, in: db)
            if let worker { try db.execute("DELETE FROM worker WHERE id = \(worker)") }
            try db.announce()
            var ended: [Int64: TaskEnd] = [:]
            for task in failed { ended[task] = TaskEnd(state: .failed, result: nil, error: reason) }
            for task in canceled + canceledChildren { ended[task] = TaskEnd(state: .canceled, result: nil, error: nil) }
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
