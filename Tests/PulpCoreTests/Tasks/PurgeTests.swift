import PulpTesting
import Testing

@testable import PulpCore

@Suite("Forgetting tasks, and groups of tasks")
struct PurgeTests {
    @Test("a purge forgets what ended in the states that it names, in batches, and counts it", arguments: DatabaseKind.allCases)
    func purge(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            _ = try await shop.pulp.run(Reporting(count: 1))
            _ = try await shop.pulp.run(Making(resources: ["prn:a", "prn:b"]))
            await #expect(throws: PulpError.self) { _ = try await shop.pulp.run(Failing()) }
            let waiting = try await shop.pulp.dispatch(Quiet())
            // More than a batch.
            _ = try await shop.database.write { db in
                try db.execute(
                    """
                    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2500)
                    INSERT INTO task (id, uuid, name, state, arguments, waiting_locks, logging_cid, created, updated, finished)
                    SELECT n + 1000, CAST(n AS \(raw: db.dialect.name == "sqlite" ? "TEXT" : "VARCHAR")), 'old',
                        \(TaskState.completed), '{}', 0, '', 0, 0, 0
                    FROM numbers
                    """)
            }
            let purge = PurgeTasks(finishedBefore: .now + .seconds(60), states: [.completed, .waiting])
            #expect(try await shop.pulp.run(purge) == 2502)
            let left = try await shop.engine.list().tasks
            #expect(Set(left.map(\.name)) == ["test.failing", "test.quiet", PurgeTasks.name])
            #expect(left.contains { $0.id == waiting.id && $0.state == .waiting })
            let reports = left.first { $0.name == PurgeTasks.name }?.progress ?? []
            #expect(
                reports.map { "\($0.code) \($0.done)" } == [
                    "purge.tasks.total 2506", "purge.tasks.key.core.Task 2502", "purge.tasks.key.core.ProgressReport 2",
                    "purge.tasks.key.core.CreatedResource 2",
                ])
        }
    }

    @Test("a canceled parent takes its children with it, whether they run or wait", arguments: DatabaseKind.allCases)
    func generations(kind: DatabaseKind) async throws {
        for workers in [1, 2] {
            try await Workshop.with(kind, workers: workers) { shop in
                let (name, gate) = Gate.make()
                let family = try await shop.pulp.dispatch(Making(resources: [], child: Gated(gate: name), gate: name))
                try await shop.withWorkers {
                    await gate.arrivals(workers)
                    try await family.cancel()
                    for task in try await shop.engine.list().tasks { try await shop.engine.waitForEnd(of: task.id) }
                }
                #expect(try await shop.engine.list().tasks.map(\.state) == [.canceled, .canceled])
            }
        }
    }

    @Test("a group knows its tasks, and is canceled with all of them and their children", arguments: DatabaseKind.allCases)
    func group(kind: DatabaseKind) async throws {
        try await Workshop.with(kind, workers: 3) { shop in
            let (name, gate) = Gate.make()
            let group = try await shop.engine.makeGroup("a group")
            let other = try await shop.engine.makeGroup("another group")
            _ = try await shop.pulp.dispatch(Making(resources: [], child: Gated(gate: name), gate: name), group: group)
            _ = try await shop.pulp.dispatch(Gated(gate: name, exclusive: ["a"]), group: group)
            let outside = try await shop.pulp.dispatch(Echo(), group: other)
            try await shop.withWorkers {
                await gate.arrivals(3)
                let blocked = try await shop.pulp.dispatch(Echo(resources: ["a"]), group: group)
                try await shop.engine.cancel(group)
                #expect(try await shop.engine.find(blocked.id)?.state == .canceled)
                try await shop.engine.waitForEnd(of: group)
                #expect(try await outside.value() == "hello")
            }
            #expect(try await shop.engine.find(group)?.counts == [.canceled: 4])
            #expect(try await shop.engine.groups().map(\.description) == ["another group", "a group"])
            #expect(try await shop.engine.groups(limit: 1, offset: 1).map(\.id) == [group])
            await #expect(throws: PulpError.self) { try await shop.engine.waitForEnd(of: TaskGroupRecord.id(uuid: "none")) }
            gate.open()
        }
    }
}
