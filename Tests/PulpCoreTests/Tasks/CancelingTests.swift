import PulpTesting
import Testing

@testable import PulpCore

@Suite("Canceling tasks")
struct CancelingTests {
    @Test("a blocked task is canceled at once, and those behind it move up", arguments: DatabaseKind.allCases)
    func blocked(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            let reader = try await shop.pulp.dispatch(Gated(gate: name, shared: ["a"]))
            let writer = try await shop.pulp.dispatch(Gated(gate: name, exclusive: ["a"]))
            let second = try await shop.pulp.dispatch(Gated(gate: name, shared: ["a"]))
            try await writer.cancel()
            await #expect(throws: CancellationError.self) { _ = try await writer.value() }
            let record = try #require(try await shop.engine.find(writer.id))
            #expect(record.state == .canceled && record.started == nil && record.finished != nil)
            try await shop.withWorkers {
                // Both readers are in the room at once.
                await gate.arrivals(2)
                gate.open()
                let outputs = [try await reader.value(), try await second.value()]
                #expect(outputs == [name, name])
            }
        }
    }

    @Test("a running task is interrupted; it keeps its locks until it has ended", arguments: DatabaseKind.allCases)
    func running(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            try await shop.withWorkers {
                let task = try await shop.pulp.dispatch(Gated(gate: name, exclusive: ["a"]))
                let next = try await shop.pulp.dispatch(Echo(resources: ["a"]))
                await gate.arrivals()
                try await task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value() }
                let output = try await next.value()
                #expect(output == "hello")
            }
        }
    }

    @Test("a task of another process hears of its cancellation", arguments: DatabaseKind.allCases)
    func elsewhere(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            try await shop.withAnotherProcess { other in
                try await shop.withWorkers {
                    let task = try await other.pulp.dispatch(Gated(gate: name))
                    await gate.arrivals()
                    try await task.cancel()
                    await #expect(throws: CancellationError.self) { _ = try await task.value() }
                }
            }
        }
    }

    @Test("a task that makes little of its interruption is canceled all the same", arguments: DatabaseKind.allCases, [true, false])
    func untidy(kind: DatabaseKind, fails: Bool) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            try await shop.withWorkers {
                let task = try await shop.pulp.dispatch(Untidy(gate: name, fails: fails))
                await gate.arrivals()
                try await task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value() }
            }
        }
    }

    @Test("canceling the one who runs a task cancels the task", arguments: DatabaseKind.allCases)
    func runner(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            let pulp = shop.pulp
            let runner = Task { try await pulp.run(Gated(gate: name)) }
            await gate.arrivals()
            runner.cancel()
            await #expect(throws: CancellationError.self) { _ = try await runner.value }
            let states = try await shop.engine.list().tasks.map(\.state)
            #expect(states == [.canceled])
        }
    }

    @Test("nothing is sealed for a task that was canceled", arguments: DatabaseKind.allCases)
    func fence(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            try await shop.withWorkers {
                let task = try await shop.pulp.dispatch(Sealing(gate: name))
                await gate.arrivals()
                try await task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value() }
                let record = try #require(try await shop.engine.find(task.id))
                #expect(record.progress.map(\.done) == [1])
            }
        }
    }

    @Test("children that wait are canceled with their parent", arguments: DatabaseKind.allCases)
    func children(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            let (childName, _) = Gate.make()
            try await shop.withWorkers {
                let blocker = try await shop.pulp.dispatch(Gated(gate: childName, exclusive: ["a"]))
                await Gate.named(childName).arrivals()
                let child = Gated(gate: childName, exclusive: ["a"])
                let parent = try await shop.pulp.dispatch(Making(resources: [], child: child, gate: name))
                await gate.arrivals()
                try await parent.cancel()
                await #expect(throws: CancellationError.self) { _ = try await parent.value() }
                let record = try #require(try await shop.engine.find(parent.id))
                let canceled = try await shop.engine.list(TaskFilter(states: [.canceled])).tasks
                let children = canceled.filter { $0.parent == parent.id }
                #expect(children.map(\.id) == record.children && children.count == 1)
                Gate.named(childName).open()
                _ = try await blocker.value()
            }
        }
    }

    @Test("a group is canceled as a whole, except for what has ended", arguments: DatabaseKind.allCases)
    func group(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            let group = try await shop.engine.makeGroup("three of a kind")
            try await shop.withWorkers {
                _ = try await shop.pulp.dispatch(Echo(), group: group).value()
                let running = try await shop.pulp.dispatch(Gated(gate: name, exclusive: ["a"]), group: group)
                let blocked = try await shop.pulp.dispatch(Echo(resources: ["a"]), group: group)
                await gate.arrivals()
                try await shop.engine.cancel(group)
                await #expect(throws: CancellationError.self) { _ = try await running.value() }
                await #expect(throws: CancellationError.self) { _ = try await blocked.value() }
                let record = try #require(try await shop.engine.find(group))
                #expect(record.counts == [.completed: 1, .canceled: 2])
                #expect(record.tasks.count == 3 && record.description == "three of a kind")
            }
        }
    }

    @Test("what has ended cannot be canceled, and what never was neither")
    func refused() async throws {
        try await Workshop.with(.sqlite) { shop in
            let missing = TaskRecord.id(uuid: UUIDv7.make())
            await #expect(throws: PulpError(.notFound, "there is no task \(missing)")) { try await shop.engine.cancel(missing) }
            _ = try await shop.pulp.run(Echo())
            let ended = try #require(try await shop.engine.list().tasks.first)
            await #expect(throws: PulpError(.conflict, "the task \(ended.id) is completed already")) {
                try await shop.engine.cancel(ended.id)
            }
        }
    }
}
