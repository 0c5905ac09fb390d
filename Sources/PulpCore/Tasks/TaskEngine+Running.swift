internal import Logging
internal import Synchronization

extension TaskEngine {
    /// The worker that this process lends to immediate tasks, and to ``Pulp/run(_:)`` where it has no other.
    struct Guests: Sendable {
        /// The tasks that brought a worker with them, and their descendants.
        var tasks: Set<Int64> = []
        /// How many calls need the worker now.
        var users = 0
        /// The workers of ``TaskEngine/run(with:until:)``.
        var residents: [Worker] = []
        var worker: Task<GuestWorker, any Error>?
        /// The end of those that nobody needs any more.
        var ending: Task<Void, Never>?

        /// Begins the end of the worker, which nobody is given any more.
        mutating func end(grace: Duration) {
            guard let leaving = worker else { return }
            worker = nil
            ending = Task { [ending] in
                // A worker that could not register has nothing to end.
                if let guest = try? await leaving.value {
                    guest.worker.stop(after: grace)
                    await guest.serving.value
                }
                await ending?.value
            }
        }
    }

    struct GuestWorker: Sendable {
        let worker: Worker
        let serving: Task<Void, Never>
    }

    /// Runs tasks, `settings.workers` at a time, until the surrounding Swift task is canceled, or it is asked to stop.
    ///
    /// Then it takes no more of them; those that run may end within `settings.graceInterval`, or whatever it was asked to leave
    /// them, and are failed with the reason "Aborted during worker shutdown." after that.
    /// - Parameter stops: requests to stop, each with the time that running tasks have, nil for as long as they need; a later one
    ///   takes the place of an earlier one.
    public func run(with pulp: Pulp, until stops: AsyncStream<Duration?>? = nil) async throws {
        let worker = try await Worker.register(for: pulp, engine: self) { .everything }
        guests.withLock { $0.residents.append(worker) }
        defer { guests.withLock { $0.residents.removeAll { $0 === worker } } }
        let listening = stops.map { stops in Task { for await grace in stops { worker.stop(after: grace) } } }
        // A task of its own: the end of the surrounding one must not cancel what it does to end well.
        let serving = Task { await worker.serve() }
        await withTaskCancellationHandler {
            await serving.value
        } onCancel: {
            if !worker.isStopping { worker.stop(after: settings.graceInterval) }
        }
        listening?.cancel()
    }

    /// Dispatches a task, and sees to it that a worker of this process runs while it is not done.
    func run<T: TaskDefinition>(
        _ task: T, with pulp: Pulp, group: ID<TaskGroupRecord>?, onProgress: (@Sendable (ProgressReport) -> Void)?
    ) async throws -> T.Output {
        if TaskRun.current == nil { _ = try await useGuest(pulp, .withoutResidents) }
        defer { if TaskRun.current == nil { leaveGuest() } }
        let handle = try await dispatch(task, group: group, worker: T.staysWithCaller ? try await ownWorker() : nil)
        let bar = onProgress.map { onProgress in
            let progress = handle.progress
            return Task { for await report in progress { onProgress(report) } }
        }
        guests.withLock { _ = $0.tasks.insert(handle.key) }
        bell.ring()
        // A task of its own: when the surrounding one is canceled, the end of the Pulp task is awaited all the same.
        let current = TaskRun.current
        let waiting = Task { try await TaskRun.$current.withValue(current) { try await handle.value() } }
        let result = await withTaskCancellationHandler {
            await waiting.result
        } onCancel: {
            Task { [settings] in
                do {
                    try await handle.cancel()
                } catch let error as PulpError where error.code == .conflict {
                    // It ended first.
                } catch {
                    settings.logger.warning("a task was not canceled", metadata: ["task": "\(handle.id)", "error": "\(error)"])
                }
            }
        }
        await bar?.value
        forgetGuest(handle.key)
        return try result.get()
    }

    /// Waits for the tasks that tasks of ``Pulp/run(_:group:onProgress:)`` left behind, and ends the worker that it brought.
    ///
    /// Without it, that worker ends some seconds after the last of them.
    public func close() async {
        while let task = guests.withLock({ $0.worker == nil ? nil : $0.tasks.first }) {
            // It has ended, or nobody can tell any more.
            _ = try? await watch.end(of: task)
            forgetGuest(task)
        }
        let ending = guests.withLock { guests in
            guests.end(grace: settings.graceInterval)
            return guests.ending
        }
        await ending?.value
    }

    func forgetGuest(_ task: Int64) {
        guests.withLock { _ = $0.tasks.remove(task) }
    }

    /// When a process needs a guest.
    enum GuestNeed {
        case always
        /// Unless it runs workers of its own, which take its tasks too.
        case withoutResidents
    }

    /// Sees to it that there is a guest until ``leaveGuest()``.
    /// - Returns: nil when none is needed.
    func useGuest(_ pulp: Pulp, _ need: GuestNeed) async throws -> Worker? {
        let guest = guests.withLock { guests -> Task<GuestWorker, any Error>? in
            guests.users += 1
            if need == .withoutResidents, !guests.residents.isEmpty { return nil }
            if let worker = guests.worker { return worker }
            let worker = Task { [self] in
                let worker = try await Worker.register(for: pulp, engine: self) { [weak self] in
                    .only(self.map { $0.guests.withLock { Array($0.tasks) } } ?? [])
                }
                return GuestWorker(worker: worker, serving: Task { await worker.serve() })
            }
            guests.worker = worker
            return worker
        }
        do {
            return try await guest?.value.worker
        } catch {
            guests.withLock { guests in
                guests.users -= 1
                if guests.worker == guest { guests.worker = nil }
            }
            throw error
        }
    }

    /// The worker of this process that can run a task which stays here: it is there as long as ``run(_:with:group:onProgress:)``
    /// needs it.
    private func ownWorker() async throws -> Int64? {
        if let current = TaskRun.current { return current.worker }
        let (resident, guest) = guests.withLock { ($0.residents.first, $0.worker) }
        if let resident { return resident.identity.key }
        return try await guest?.value.worker.identity.key
    }

    /// The worker stays for a while: the next call would only have to register another one.
    func leaveGuest() {
        let isLast = guests.withLock { guests in
            guests.users -= 1
            return guests.users == 0 && guests.worker != nil
        }
        guard isLast else { return }
        Task {
            while guests.withLock({ $0.users == 0 && $0.worker != nil }) {
                // Nobody cancels this sleep.
                try? await Task.sleep(for: .seconds(2))
                await forgetFinishedGuests()
                guests.withLock { guests in
                    if guests.users == 0, guests.tasks.isEmpty { guests.end(grace: settings.graceInterval) }
                }
            }
        }
    }

    /// Forgets the tasks that another process ended.
    private func forgetFinishedGuests() async {
        let tasks = guests.withLock { $0.tasks }
        guard !tasks.isEmpty else { return }
        // The next round asks again, should the database be away.
        let unfinished = try? await database.read { db in
            let rows = try db.query("SELECT id FROM task WHERE id \(in: tasks) AND finished IS NULL")
            return Set(try rows.map { try $0.get(0, as: Int64.self) })
        }
        if let unfinished { guests.withLock { $0.tasks.subtract(tasks.subtracting(unfinished)) } }
    }
}
