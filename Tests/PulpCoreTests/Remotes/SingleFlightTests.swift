import PulpTesting
import Synchronization
import Testing

@testable import PulpCore

@Suite("A single flight")
struct SingleFlightTests {
    @Test("is one operation for all who ask at the same time")
    func shared() async throws {
        let flight = SingleFlight<String, Int>()
        let gate = FakeGate()
        let runs = Atomic<Int>(0)
        let operation: @Sendable () async throws -> Int = {
            await gate.pass()
            return runs.add(1, ordering: .relaxed).newValue
        }
        let results = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 { group.addTask { try await flight.run("key", operation) } }
            group.addTask { try await flight.run("other") { 7 } }
            await gate.reached()
            // Whoever comes before the gate opens shares the flight; the rest would start another and be seen in the results.
            while flight.callers(of: "key") < 100 { await Task.yield() }
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.filter { $0 == 1 }.count == 100)
        #expect(results.filter { $0 == 7 }.count == 1)
        try await #expect(flight.run("key", operation) == 2)
    }

    @Test("gives its result to one caller, and a copy to each of the others")
    func copies() async throws {
        let flight = SingleFlight<Int, Int> { $0 + 1 }
        let gate = FakeGate()
        let results = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try await flight.run(1) {
                        await gate.pass()
                        return 10
                    }
                }
            }
            while flight.callers(of: 1) < 3 { await Task.yield() }
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.sorted() == [10, 11, 11])
    }

    @Test("fails for all")
    func failure() async throws {
        let flight = SingleFlight<Int, Int>()
        await #expect(throws: PulpError.self) { try await flight.run(1) { throw PulpError(.http, "no") } }
        try await #expect(flight.run(1) { 5 } == 5)
    }

    @Test("lets a cancelled caller go, and goes on for the others")
    func leaving() async throws {
        let flight = SingleFlight<Int, Int>()
        let gate = FakeGate()
        let first = Task {
            try await flight.run(1) {
                await gate.pass()
                return 1
            }
        }
        await gate.reached()
        let second = Task { try await flight.run(1) { 2 } }
        while flight.callers(of: 1) < 2 { await Task.yield() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        gate.open()
        try await #expect(second.value == 1)
    }

    @Test("ends when nobody waits for it any more")
    func abandoned() async throws {
        let flight = SingleFlight<Int, Int>()
        let (started, ended) = (FakeGate(), FakeGate())
        started.open()
        ended.open()
        let caller = Task {
            try await flight.run(1) {
                await started.pass()
                do { try await Task.sleep(for: .seconds(3600)) } catch {
                    await ended.pass()
                    throw error
                }
                return 1
            }
        }
        await started.reached()
        caller.cancel()
        await #expect(throws: CancellationError.self) { try await caller.value }
        await ended.reached()
        try await #expect(flight.run(1) { 3 } == 3)
    }
}
