import PulpTesting
import Testing

@testable import PulpCore

@Suite("The numbers of tasks")
struct TaskNumberTests {
    @Test("a number does not come again, even when the youngest task is forgotten", arguments: DatabaseKind.allCases)
    func forgotten(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            var last: Int64 = 0
            func next() async throws -> TaskHandle<Empty> {
                let task = try await shop.pulp.dispatch(Quiet())
                #expect(task.key > last)
                last = task.key
                return task
            }
            let first = try await next()
            try await first.cancel()
            try await shop.engine.delete(first.id)
            for _ in 0..<3 { try await next().cancel() }
            #expect(try await shop.engine.purge(finishedBefore: .now + .seconds(60), states: [.canceled]) == 3)
            let kept = try await next()
            let youngest = try await next()
            try await youngest.cancel()
            try await shop.engine.delete(youngest.id)
            _ = try await next()
            #expect(try await shop.engine.list().tasks.last?.id == kept.id)
        }
    }

    @Test("a store of the first layout keeps its tasks and their numbers", arguments: DatabaseKind.allCases)
    func migrated(kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await database.migrate(Array(Migrations.core.prefix(1)), family: "core")
            let old = try await database.write { db in
                try db.value(
                    """
                    INSERT INTO task (uuid, name, state, arguments, waiting_locks, logging_cid, created, updated)
                    VALUES ('u', 'test.echo', \(TaskState.waiting), '{}', 0, 'c', 0, 0) RETURNING id
                    """, as: Int64.self)
            }
            try await database.migrate(Migrations.core, family: "core")
            let new = try await database.write { db in
                try TaskDraft(
                    uuid: UUIDv7.make(), name: "test.echo", arguments: "{}", locks: .none, parent: nil, group: nil, correlationID: ""
                ).insert(in: db)
            }
            let numbers = try await database.read { db in
                try db.query("SELECT id FROM task ORDER BY id").map { try $0.get(0, as: Int64.self) }
            }
            #expect(numbers == [try #require(old), new] && new > old ?? new)
        }
    }
}
