import PulpCore

/// Waits until everything has come to rest, and says what has not.
struct Settling: Sendable {
    let world: World
    let fleet: Fleet
    let patience: Duration

    private var tasks: TaskEngine { world.pulp.tasks }

    /// Waits until no task is unfinished.
    func drain() async throws {
        let isDone = try await holds {
            let counts = try await tasks.counts()
            return TaskState.unfinished.allSatisfy { counts[$0, default: 0] == 0 }
        }
        guard !isDone else { return }
        let names = Dictionary(
            try await tasks.workers().map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        for task in try await tasks.list(TaskFilter(states: TaskState.unfinished)).tasks {
            let reasons = try await tasks.reasons(for: task.id).map { reason in
                "\(reason.resource) held by \(reason.holders.map(\.uuid).joined(separator: ", ")), \(reason.ahead) ahead"
            }
            let worker = task.worker.map { ", its worker is \(names[$0] ?? "gone")" } ?? ""
            world.ledger.find(
                "after \(patience) the task \(task.name) (\(task.id.uuid)) is \(task.state.rawValue)\(worker); it waits for: \(reasons)")
        }
    }

    /// Waits until the workers that others see are those that there are.
    func agreeOnWorkers() async throws {
        let isDone = try await holds {
            let living = Set(fleet.identifiers.map { String($0) })
            let known = Set(try await tasks.workers().map { String($0.name.prefix { $0 != "@" }) })
            return known == living
        }
        guard !isDone else { return }
        world.ledger.find(
            "after \(patience) the workers are \(try await tasks.workers().map(\.name)), and the processes are \(fleet.identifiers)")
    }

    private func holds(_ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            do {
                if try await condition() { return true }
            } catch let error as DatabaseError where error.code == .unavailable || error.code == .busy {
                // It was away a moment ago.
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }
}
