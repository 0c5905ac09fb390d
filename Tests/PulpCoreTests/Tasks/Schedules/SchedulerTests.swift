import PulpTesting
import Testing

@testable import PulpCore

@Suite("Schedulers")
struct SchedulerTests {
    @Test("many of them dispatch each time once", arguments: DatabaseKind.allCases)
    func many(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let clock = TestClock()
            for number in 0..<5 {
                try await shop.engine.schedule(
                    Echo(text: "\(number)"), named: "s\(number)", .every(.seconds(60)), first: clock.now, overlap: .skip)
            }
            try await shop.withAnotherProcess { second in
                try await shop.withAnotherProcess { third in
                    for round in 1...3 {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for process in [shop, second, third] {
                                for _ in 0..<2 { group.addTask { _ = try await process.scheduler(clock).turn() } }
                            }
                            try await group.waitForAll()
                        }
                        #expect(try await shop.tasks.count == 5 * round)
                        try await shop.endTasks()
                        clock.advance(.seconds(60))
                    }
                }
            }
        }
    }

    @Test("one that dies before it commits leaves the time to the next", arguments: DatabaseKind.allCases)
    func dies(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let clock = TestClock()
            try await shop.engine.schedule(Quiet(), named: "s", .once, first: clock.now)
            let dying = TaskEngine(
                database: DyingDatabase(database: shop.database), settings: shop.pulp.settings, box: shop.engine.box,
                definitions: Workshop.definitions)
            await #expect(throws: DyingDatabase.Death.self) { try await Scheduler(engine: dying, now: { clock.now }).turn() }
            #expect(try await shop.tasks.isEmpty)
            #expect(try await shop.engine.findSchedule(named: "s")?.nextDispatch == clock.now)
            try await shop.scheduler(clock).turn()
            try await shop.scheduler(clock).turn()
            #expect(try await shop.tasks.count == 1)
        }
    }

    @Test("one that sleeps sees what another process schedules", arguments: DatabaseKind.allCases)
    func awake(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            try await shop.engine.schedule(Quiet(), named: "far", .once, first: .now + .seconds(86_400))
            let running = Task { await shop.engine.runScheduler() }
            try await shop.withWorkers {
                try await shop.withAnotherProcess { other in
                    for name in ["first", "second"] {
                        try await other.engine.schedule(Echo(text: name), named: name, .once)
                        let task = try await other.dispatched(by: name)
                        try await other.engine.waitForEnd(of: task)
                        #expect(try await other.engine.find(task)?.result == .string(name))
                    }
                }
            }
            running.cancel()
            await running.value
        }
    }

    @Test("a task that cannot be made is no reason to stop", arguments: DatabaseKind.allCases)
    func broken(kind: DatabaseKind) async throws {
        let log = LogRecorder()
        try await Workshop.with(kind, log: log) { shop in
            let clock = TestClock()
            try await shop.engine.schedule(Nested(depth: 0), named: "broken", .every(.seconds(60)), first: clock.now - .seconds(1))
            try await shop.engine.schedule(Quiet(), named: "sound", .once, first: clock.now)
            try await shop.engine.schedule(Quiet(), named: "foreign", .once, first: clock.now)
            _ = try await shop.database.write { db in
                try db.execute("UPDATE task_schedule SET arguments = '{}' WHERE name = 'broken'")
                try db.execute("UPDATE task_schedule SET task = 'other.plugin' WHERE name = 'foreign'")
            }
            #expect(try await shop.scheduler(clock).turn() == clock.now + .seconds(59))
            #expect(try await shop.tasks.map(\.name) == ["test.quiet"])
            #expect(try await shop.engine.findSchedule(named: "foreign")?.nextDispatch == clock.now)
        }
        #expect(log.lines().filter { $0.message == "a schedule's task was not dispatched" }.map { $0.metadata["schedule"] } == ["broken"])
    }
}

extension Workshop {
    /// The task that a schedule dispatched, once there is one.
    func dispatched(by name: String) async throws -> ID<TaskRecord> {
        for await _ in engine.bell.listenFromNow() {
            if let task = try await engine.findSchedule(named: name)?.lastTask { return task }
        }
        throw CancellationError()
    }
}

/// A database whose transactions that write end before they commit.
private struct DyingDatabase: Database {
    struct Death: Error {}
    let database: any Database

    var dialect: Dialect { database.dialect }
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await database.read(body)
    }
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await database.write { db -> Value in
            _ = try body(db)
            throw Death()
        }
    }
    func announcements() -> AsyncStream<Void> { database.announcements() }
    func acquireLease(_ name: String) async throws -> (any DatabaseLease)? { try await database.acquireLease(name) }
    func freeLeases(among names: [String]) async throws -> Set<String> { try await database.freeLeases(among: names) }
    var leaseGrace: Duration { database.leaseGrace }
    func close() async throws { try await database.close() }
}
