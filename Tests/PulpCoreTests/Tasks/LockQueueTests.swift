import PulpTesting
import Testing

@testable import PulpCore

@Suite("The lock queue in the database")
struct LockQueueTests {
    @Test("random histories agree with the lock table", arguments: DatabaseKind.allCases, 0..<6)
    func randomHistories(kind: DatabaseKind, seed: UInt64) async throws {
        try await kind.withDatabase { database in
            try await database.migrate(Migrations.core, family: "core")
            // Many short transactions, as the engine makes them.
            let state = HistoryState(seed: seed)
            for _ in 0..<20 {
                try await database.write { db in try state.play(40, in: db) }
                let expected = state.waiting
                let found = try await database.read { db in
                    try db.query("SELECT id, waiting_locks FROM task WHERE finished IS NULL").reduce(into: [Int64: Int]()) {
                        $0[try $1.get(0)] = try $1.get(1)
                    }
                }
                #expect(found == expected)
            }
        }
    }

    @Test("dispatch and release use indexes, however many wait", arguments: [DatabaseKind.sqlite])
    func plans(kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await database.migrate(Migrations.core, family: "core")
            let plan = try await database.read { db in
                try LockQueue.grants(of: ["a": 0]).explained(in: db) + LockQueue.insertion(1, Locks(shared: ["a"])).explained(in: db)
            }
            #expect(!plan.isEmpty)
            for step in plan where step.contains("task_lock") || step.contains(" w ") || step.contains(" x ") || step.contains(" s ") {
                #expect(!step.contains("SCAN"), "\(step)")
            }
        }
    }
}

extension SQL {
    /// SQLite's plan for a statement.
    fileprivate func explained(in db: any SQLConnection) throws -> [String] {
        try db.query("EXPLAIN QUERY PLAN \(sql: self)").map { try $0.get("detail") }
    }
}

/// The same history in the database and in the table.
///
/// Only one transaction at a time plays, and none is tried twice: SQLite and a single connection of PostgreSQL have no reason to.
private final class HistoryState: @unchecked Sendable {
    private var history: LockHistory
    private var table = LockTable()
    private var keys: [Int64: Int64] = [:]
    private(set) var waiting: [Int64: Int] = [:]

    init(seed: UInt64) {
        history = LockHistory(seed: seed, resources: 4, crowd: [4, 12, 40][Int(seed % 3)])
    }

    func play(_ count: Int, in db: any SQLConnection) throws {
        for _ in 0..<count {
            switch history.step(runnable: table.tasks.filter(table.isRunnable), all: table.tasks.sorted()) {
            case .dispatch(let task, let locks):
                let draft = TaskDraft(
                    uuid: UUIDv7.make(), name: "test", arguments: "{}", locks: locks, parent: nil, group: nil, correlationID: "")
                let key = try draft.insert(in: db)
                keys[task] = key
                waiting[key] = table.dispatch(task, locks)
                let stored = try db.value("SELECT waiting_locks FROM task WHERE id = \(key)", as: Int.self)
                #expect(stored == waiting[key])
            case .release(let task):
                guard let key = keys.removeValue(forKey: task) else { return }
                try LockQueue.enter(tasks: [key], in: db)
                try db.execute("UPDATE task SET finished = 1 WHERE id = \(key)")
                let runnable = try LockQueue.release([key], in: db)
                let expected = table.release(task).compactMap { keys[$0] }
                #expect(Set(runnable) == Set(expected))
                waiting[key] = nil
                for (task, key) in keys { waiting[key] = table.missing(task) }
            }
        }
    }
}
