import PulpTesting
import Synchronization
import Testing

@testable import PulpCore

@Suite("Immediate tasks")
struct ImmediateTests {
    @Test("one whose locks are free runs here, and has ended when its dispatch returns", arguments: DatabaseKind.allCases)
    func here(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            for execution in [TaskExecution.immediate, .immediateOrDeferred] {
                let task = try await shop.pulp.dispatch(Prompt(resources: ["a"]), execution: execution)
                let record = try #require(try await shop.engine.find(task.id))
                #expect(record.state == .completed && record.result == "prompt" && record.worker == nil)
                #expect(try await task.value() == "prompt")
            }
            await shop.engine.close()
            #expect(try await shop.engine.workers().isEmpty)
        }
    }

    @Test("one that must wait for an older task is left to the workers, or canceled", arguments: DatabaseKind.allCases)
    func busy(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            // The older one does not even run yet.
            let older = try await shop.pulp.dispatch(Gated(gate: name, shared: ["a"]))
            let deferred = try await shop.pulp.dispatch(Prompt(resources: ["a"]), execution: .immediateOrDeferred)
            let canceled = try await shop.pulp.dispatch(Prompt(resources: ["a"]), execution: .immediate)
            let free = try await shop.pulp.dispatch(Prompt(resources: ["b"]), execution: .immediate)
            let record = try #require(try await shop.engine.find(canceled.id))
            #expect(record.state == .canceled && record.error == ["reason": "Resources temporarily unavailable."])
            #expect(try await shop.engine.find(deferred.id)?.state == .waiting)
            #expect(try await shop.engine.find(free.id)?.state == .completed)
            let outputs = try await shop.withWorkers {
                await gate.arrivals()
                // Beside a worker that is busy.
                let beside = try await shop.pulp.dispatch(Prompt(), execution: .immediate).value()
                gate.open()
                return [beside, try await older.value(), try await deferred.value()]
            }
            #expect(outputs == ["prompt", name, "prompt"])
        }
    }

    @Test("a worker that waits for the lock of one goes on when it ends", arguments: DatabaseKind.allCases)
    func releases(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            try await shop.withAnotherProcess { other in
                async let immediate = other.pulp.dispatch(Prompt(resources: ["a"], gate: name), execution: .immediate)
                await gate.arrivals()
                let waiting = try await shop.pulp.dispatch(Echo(resources: ["a"]))
                #expect(try await !shop.engine.reasons(for: waiting.id).isEmpty)
                let output = try await shop.withWorkers {
                    gate.open()
                    return try await waiting.value()
                }
                #expect(output == "hello")
                #expect(try await immediate.value() == "prompt")
                await other.engine.close()
            }
        }
    }

    @Test("one that takes too long fails", arguments: DatabaseKind.allCases)
    func timeLimit(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, _) = Gate.make()
            let hasty = shop.hasty(.milliseconds(1))
            let task = try await hasty.dispatchNow(
                Prompt(resources: ["a"], gate: name), with: shop.pulp, group: nil, execution: .immediateOrDeferred)
            let record = try #require(try await shop.engine.find(task.id))
            #expect(record.state == .failed && record.error?["error_code"] == "PLP0024")
            #expect(record.error?["description"]?.stringValue?.contains("timed out after 0.001 seconds") == true)
            #expect(try await shop.pulp.dispatch(Prompt(resources: ["a"]), execution: .immediate).value() == "prompt")
            await hasty.close()
        }
    }

    @Test("one whose process dies fails like any other", arguments: DatabaseKind.allCases)
    func dies(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            try await shop.withAnotherProcess { other in
                let running = Task { try await other.pulp.dispatch(Prompt(resources: ["a"], gate: name), execution: .immediate) }
                await gate.arrivals()
                let worker = try #require(try await other.engine.guests.withLock { $0.worker }?.value.worker)
                await worker.identity.giveUp()
                try await shop.engine.sweep()
                await #expect(throws: PulpError(.internal, "Worker has gone missing.")) { _ = try await running.value.value() }
                #expect(try await shop.pulp.dispatch(Prompt(resources: ["a"]), execution: .immediate).value() == "prompt")
                gate.open()
                await other.engine.close()
                #expect(try await shop.engine.list().tasks.map(\.state) == [.completed, .failed])
            }
        }
    }

    @Test("one can be canceled while it runs", arguments: DatabaseKind.allCases)
    func canceled(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            let running = Task { try await shop.pulp.dispatch(Prompt(gate: name), execution: .immediate) }
            await gate.arrivals()
            let id = try #require(try await shop.engine.list().tasks.first?.id)
            try await shop.engine.cancel(id)
            _ = try await running.value
            #expect(try await shop.engine.find(id)?.state == .canceled)
        }
    }

    @Test("only a task that says that it is immediate is", arguments: DatabaseKind.allCases)
    func refused(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let error = PulpError(.systemState, "the task test.echo is not an immediate one")
            do {
                _ = try await shop.pulp.dispatch(Echo(), execution: .immediate)
                Issue.record("it was dispatched")
            } catch let refusal as PulpError {
                #expect(refusal == error)
            }
            #expect(try await shop.engine.list().total == 0)
        }
    }
}

extension Workshop {
    /// An engine that gives immediate tasks another time.
    fileprivate func hasty(_ limit: Duration) -> TaskEngine {
        TaskEngine(
            database: database, settings: pulp.settings, box: engine.box, definitions: Self.definitions, immediateLimit: limit)
    }
}
