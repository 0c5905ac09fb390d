internal import Logging
internal import Synchronization

/// Runs tasks in this process, up to a number at once, under one lease and one row of the table `worker`.
///
/// Whatever the loop does, it does because it looked: a ring of the ``Bell`` only says when.
final class Worker: Sendable {
    struct Running {
        let work: Task<Void, Never>
        /// Ends the work at its next `await`.
        var interrupt: (@Sendable () -> Void)?
    }

    struct State {
        var running: [Int64: Running] = [:]
        /// Places of tasks that only wait for others.
        var lent = 0
        /// How many of the running ones have done their work, and are being ended in the database: they need no place.
        var ending = 0
        var identity: Presence
        /// Whether the log knows already that the database is away.
        var isAway = false
        /// Somebody took this worker for dead; it becomes another one when its tasks have ended.
        var isLost = false
        /// Since when tasks are this worker's by the database, and it does not know them.
        var strangers: [Int64: SuspendingClock.Instant] = [:]
        var isStopping = false
        var deadline: Task<Void, Never>?
        /// Why the work that is interrupted was interrupted, when that is not its being canceled.
        var abortReason: String?

        /// How many more tasks may begin.
        func free(of places: Int) -> Int {
            // As many as can end while others work; more would pile up where the database is slower than the tasks.
            guard !isStopping, !isLost, ending < 8 * places else { return 0 }
            return max(0, places - (running.count - ending - lent))
        }
    }

    let engine: TaskEngine
    let pulp: Pulp
    private let ends: TaskEnds
    private let appetite: @Sendable () -> TaskEngine.Appetite
    let state: Mutex<State>

    /// Who this worker is now.
    var identity: Presence { state.withLock { $0.identity } }

    /// Registers a worker: from now on others see it, and see it die.
    static func register(
        for pulp: Pulp, engine: TaskEngine, appetite: @escaping @Sendable () -> TaskEngine.Appetite
    ) async throws -> Worker {
        Worker(pulp, engine, try await Presence.register(.worker, in: engine.database), appetite)
    }

    private init(
        _ pulp: Pulp, _ engine: TaskEngine, _ identity: Presence, _ appetite: @escaping @Sendable () -> TaskEngine.Appetite
    ) {
        (self.pulp, self.engine, self.appetite) = (pulp, engine, appetite)
        ends = TaskEnds(engine)
        state = Mutex(State(identity: identity))
    }

    /// Works until it is stopped and its tasks have ended, or until the database is closed.
    func serve() async {
        let liveness = Task { await stayAlive() }
        for await _ in engine.bell.listen() {
            if state.withLock({ $0.isStopping && $0.running.isEmpty }) { break }
            do {
                try await comeBack()
                while try await turn() {}
                noticeReturn()
            } catch {
                // The next ring tries again: the database may be away for a moment.
                log(error, "a worker could not look for tasks")
            }
        }
        interruptAll(because: "Aborted during worker shutdown.")
        while let (_, running) = state.withLock({ $0.running.first }) { await running.work.value }
        state.withLock { $0.deadline }?.cancel()
        liveness.cancel()
        await liveness.value
        do {
            try await identity.unregister(from: engine.database)
        } catch {
            // Whoever sweeps next finds the row without its lease.
            log(error, "a worker could not take leave")
        }
    }

    /// Whether it takes no more tasks.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Takes no more tasks, and ends when the running ones have ended; they are interrupted after the grace time, if there is one.
    func stop(after grace: Duration?) {
        state.withLock { state in
            state.isStopping = true
            state.deadline?.cancel()
            state.deadline = grace.map { grace in
                Task {
                    // Canceled when all tasks have ended in time, or when another time was set.
                    guard (try? await Task.sleep(for: grace)) != nil else { return }
                    interruptAll(because: "Aborted during worker shutdown.")
                }
            }
        }
        engine.bell.ring()
    }

    /// Changes the number of places that are free although a task has them.
    func lend(_ places: Int) {
        state.withLock { $0.lent += places }
        if places > 0 { engine.bell.ring() }
    }

    /// Registers anew after having been taken for dead.
    private func comeBack() async throws {
        guard state.withLock({ $0.isLost && $0.running.isEmpty && !$0.isStopping }) else { return }
        let identity = try await Presence.register(.worker, in: engine.database)
        let lost = state.withLock { state in
            defer { (state.identity, state.isLost, state.abortReason) = (identity, false, nil) }
            return state.identity
        }
        await lost.giveUp()
    }

    /// One look, and what follows from it.
    /// - Returns: whether another look may find more.
    private func turn() async throws -> Bool {
        let (identity, free) = state.withLock { ($0.identity, $0.free(of: engine.settings.workers)) }
        let appetite = appetite()
        let outlook = try await engine.look(for: identity.key, appetite, claiming: free > 0)
        for task in outlook.canceling { interrupt(task) }
        guard outlook.hasWork else { return false }
        let claims = try await engine.claim(for: identity.key, appetite, limit: free)
        for claim in claims { start(claim, as: identity.key) }
        return !claims.isEmpty
    }

    /// Runs a task that this worker has claimed.
    func start(_ claim: TaskClaim, as worker: Int64) {
        // Under the lock, so that the work finds its own entry when it ends.
        state.withLock { state in
            guard state.running[claim.key] == nil else { return }
            state.running[claim.key] = Running(work: Task { await run(claim, as: worker) })
        }
    }

    private func run(_ claim: TaskClaim, as worker: Int64) async {
        let start = ContinuousClock.now
        let run = TaskRun(claim, worker: worker, host: self, engine: engine)
        let work = Task { try await perform(run) }
        let isInterrupted = state.withLock { state in
            state.running[claim.key]?.interrupt = { work.cancel() }
            return state.abortReason != nil
        }
        if isInterrupted { work.cancel() }
        let outcome = outcome(of: await work.result)
        do {
            try run.directory.remove()
        } catch {
            log(error, "the working directory of a task was not removed", claim)
        }
        let (reports, created) = await run.close()
        state.withLock { $0.ending += 1 }
        engine.bell.ring()
        let ending = TaskEnding(task: claim.key, outcome: outcome, reports: reports, created: created)
        do {
            let end = try await ends.write(ending, of: worker) { self.log($0, "the end of a task was not written yet", claim) }
            if let end {
                log(end, of: claim, after: .now - start)
            } else {
                log(nil, "a task had been declared dead when its worker ended it", claim)
            }
        } catch {
            log(error, "the end of a task was not written", claim)
        }
        state.withLock { state in
            state.ending -= 1
            state.running[claim.key] = nil
        }
        engine.forgetGuest(claim.key)
        engine.bell.ring()
    }

    private func perform(_ run: TaskRun) async throws -> JSON? {
        guard let definition = engine.definitions[run.claim.name] else {
            throw PulpError(.systemState, "the task \(run.claim.name) belongs to no plugin of this program")
        }
        let arguments = try engine.box.open(arguments: run.claim.arguments)
        // That of the task, and of no other on whose behalf this worker happened to be started.
        let origin = TaskOrigin(correlationID: run.claim.correlationID, user: run.claim.creator)
        return try await TaskRun.$current.withValue(run) {
            try await TaskOrigin.$current.withValue(origin) {
                try await run.claim.withinLimit { try await Self.perform(definition, arguments, TaskContext(self.pulp, run)) }
            }
        }
    }

    private static func perform<T: TaskDefinition>(_ definition: T.Type, _ arguments: JSON, _ context: TaskContext) async throws -> JSON? {
        try JSON(taskOutput: try await arguments.decode(T.self).run(in: context))
    }

    private func outcome(of result: Result<JSON?, any Error>) -> TaskOutcome {
        switch result {
        case .success(let result): return .completed(result)
        case .failure(let error):
            if let reason = state.withLock({ $0.abortReason }) { return .failed(JSON(taskReason: reason)) }
            return error is CancellationError ? .canceled : .failed(JSON(taskError: error))
        }
    }

    func interrupt(_ task: Int64) {
        state.withLock { $0.running[task]?.interrupt }?()
    }

    func interruptAll(because reason: String) {
        let interrupts = state.withLock { state in
            if !state.running.isEmpty { state.abortReason = reason }
            return state.running.values.compactMap(\.interrupt)
        }
        for interrupt in interrupts { interrupt() }
    }

    private func log(_ end: TaskEnd, of claim: TaskClaim, after duration: Duration) {
        var metadata: Logger.Metadata = [
            "name": "\(claim.name)", "task": "\(claim.uuid)", "state": "\(end.state.rawValue)", "duration": "\(duration)",
        ]
        if let json = end.error {
            let error = PulpError(taskError: json)
            (metadata["code"], metadata["error"]) = ("\(error.code)", "\(error.message)")
        }
        engine.settings.logger.info("task ended", metadata: metadata)
    }

    /// The database answers.
    private func noticeReturn() {
        let wasAway = state.withLock { state in
            defer { state.isAway = false }
            return state.isAway
        }
        if wasAway { engine.settings.logger.notice("the database is back") }
    }

    func log(_ error: (any Error)?, _ message: Logger.Message, _ claim: TaskClaim? = nil) {
        if error is CancellationError { return }
        if let error = error as? DatabaseError, error.code == .unavailable {
            // Once for each time that it goes away, not with each attempt.
            let isNew = state.withLock { state in
                defer { state.isAway = true }
                return !state.isAway
            }
            if isNew { engine.settings.logger.warning("the database is away", metadata: ["error": "\(error)"]) }
            return
        }
        var metadata: Logger.Metadata = ["worker": "\(identity.uuid)"]
        if let error { metadata["error"] = "\(error)" }
        if let claim { metadata["task"] = "\(claim.uuid)" }
        engine.settings.logger.warning(message, metadata: metadata)
    }
}
