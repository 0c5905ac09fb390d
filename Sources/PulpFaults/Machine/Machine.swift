import Foundation
import PulpCore
import PulpTesting

/// Carries a plan out.
struct Machine: Sendable {
    let settings: FaultSettings
    let world: World
    let database: FaultDatabase
    let disk: SmallFileSystem?
    let lying: LyingUpstream
    let fleet: Fleet
    let control: ControlProgram
    let hardship = Hardship()
    /// One at a time takes the database, or the space, away.
    private let turn = Turn()
    private let isOver = FakeGate()

    private var ledger: Ledger { world.ledger }

    init(
        _ settings: FaultSettings, _ world: World, _ database: FaultDatabase, _ disk: SmallFileSystem?, _ lying: LyingUpstream,
        _ environment: [String: String], folder: URL, upstreamURL: String
    ) throws {
        let leash = try ProcessLeash()
        let environment = ["PATH": "/usr/bin:/bin"].merging(environment) { _, new in new }
        (self.settings, self.world, self.database, self.disk, self.lying) = (settings, world, database, disk, lying)
        fleet = Fleet(environment: environment, folder: folder, leash: leash, ledger: world.ledger, hardship: hardship)
        control = ControlProgram(
            // It runs tasks of others while they keep its own waiting; it waits for their ends, where `pulpd` aborts them.
            environment: environment.merging(["PULP_TASK_GRACE_INTERVAL": "600"]) { _, new in new }, folder: folder, leash: leash,
            ledger: world.ledger, hardship: hardship, upstreamURL: upstreamURL,
            patience: settings.patience)
    }

    /// Starts the processes, lets the plan happen, waits until all is quiet, ends the processes, and checks everything.
    func run() async throws {
        do { try await carryOutAndCheck() } catch {
            await fleet.killAll()
            throw error
        }
    }

    private func carryOutAndCheck() async throws {
        try fleet.startAll()
        let observer = VersionObserver(world)
        try await withThrowingDiscardingTaskGroup { group in
            let watching = (0..<2).map { number in
                Task {
                    let client = ContentClient(
                        fleet: fleet, world: world, ledger: ledger, hardship: hardship, patience: settings.patience)
                    await client.run(seed: settings.seed &+ UInt64(number) &+ 10)
                }
            }
            let observing = Task { await observer.run() }
            group.addTask { try await carryOut(settings.plan) }
            group.addTask { [observing, watching] in
                await isOver.pass()
                lying.calmDown()
                try fleet.startMissing()
                let settling = Settling(world: world, fleet: fleet, patience: settings.patience)
                try await settling.drain()
                _ = try await world.dispatch(.cleanUp)
                try await settling.drain()
                try await settling.agreeOnWorkers()
                for task in watching { task.cancel() }
                observing.cancel()
                for task in watching { await task.value }
                await observing.value
            }
        }
        try await fleet.stopAll()
        // A task that was declared dead may have stored bytes after the last cleanup, of which nothing speaks then.
        let cleanUp = try await control.run(["orphan", "cleanup", "--protection-time", "0"])
        if cleanUp.end != .exited(0) { ledger.find("pulpctl orphan cleanup ended with \(cleanUp.end): \(cleanUp.errors)") }
        try await observer.look()
        let check = try await control.run(["fsck", "--verify"])
        if check.end != .exited(0) || check.output != "nothing is wrong\n" {
            ledger.find("pulpctl fsck --verify ended with \(check.end): \(check.output)\(check.errors)")
        }
        try await TaskCheck(world: world, kind: settings.kind).run()
        try await StoreCheck(world: world, seed: settings.seed).run()
    }

    private func carryOut(_ plan: FaultPlan) async throws {
        let start = ContinuousClock.now
        await withDiscardingTaskGroup { group in
            for step in plan.steps {
                // Canceled when the run breaks off.
                do { try await Task.sleep(until: start + step.at, clock: .continuous) } catch { break }
                group.addTask { await attempt(step.action) }
            }
        }
        isOver.open()
    }

    private func attempt(_ action: FaultPlan.Action) async {
        do { try await act(action) } catch let error as PulpError where error.code == .notFound || error.code == .conflict {
            ledger.count("actions that came too late")
        } catch is CancellationError {
            // The run breaks off.
        } catch {
            ledger.count("actions that failed")
            if !hardship.isRecent { ledger.find("\(action) failed: \(error)") }
        }
    }

    private func act(_ action: FaultPlan.Action) async throws {
        switch action {
        case .dispatch(let operation): _ = try await world.dispatch(operation)
        case .group(let operations, let delay):
            let group = try await world.pulp.tasks.makeGroup("a group of a run")
            for operation in operations { _ = try await world.dispatch(operation, group: group) }
            guard let delay else { return }
            try await Task.sleep(for: delay)
            ledger.count("cancellations of groups")
            try await world.pulp.tasks.cancel(group)
        case .cancel(let choice):
            let unfinished = try await world.pulp.tasks.list(TaskFilter(states: TaskState.unfinished)).tasks
            guard !unfinished.isEmpty else { return }
            let task = unfinished[Int(choice % UInt64(unfinished.count))]
            ledger.count("cancellations: \(task.state.rawValue)")
            try await world.pulp.tasks.cancel(task.id)
        case .control(let command, let delay): try await control.act(command, kill: delay)
        case .advance(let upstream): world.upstreams.advance(upstream)
        case .lie(let percent): lying.lie(percent: percent)
        case .kill(let process, let pause): try await fleet.kill(process, for: pause)
        case .restart(let process): try await fleet.restart(process)
        case .pause(let process, let pause): try await fleet.pause(process, for: pause)
        case .stopDatabase(let pause): try await stopDatabase(for: pause)
        case .fillDisk(let kilobytes, let pause): try await fillDisk(leaving: kilobytes, for: pause)
        }
    }

    private func stopDatabase(for pause: Duration) async throws {
        guard case .server(let server) = database, turn.enter() else { return }
        defer { turn.leave() }
        try await hardship.during {
            ledger.count("stops of the database")
            try await server.halt()
            let result: Result<Void, any Error>
            do { result = .success(try await Task.sleep(for: pause)) } catch { result = .failure(error) }
            try await server.resume()
            try result.get()
        }
    }

    private func fillDisk(leaving kilobytes: Int, for pause: Duration) async throws {
        guard let disk, turn.enter() else { return }
        defer { turn.leave() }
        try await hardship.during {
            ledger.count("full disks")
            let result: Result<Void, any Error>
            do {
                try disk.fill(leaving: kilobytes << 10)
                result = .success(try await Task.sleep(for: pause))
            } catch { result = .failure(error) }
            // Also where it was filled in part only: others write at the same time.
            try disk.clear()
            try result.get()
        }
    }
}
