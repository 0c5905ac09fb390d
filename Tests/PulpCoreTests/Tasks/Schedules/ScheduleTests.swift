import PulpTesting
import Synchronization
import Testing

@testable import PulpCore

@Suite("Schedules")
struct ScheduleTests {
    @Test("one time is dispatched once, and then no more", arguments: DatabaseKind.allCases)
    func once(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let clock = TestClock()
            let made = try await shop.engine.schedule(Echo(text: "later"), named: "one", .once, first: clock.now + .seconds(60))
            #expect(made.nextDispatch == clock.now + .seconds(60) && made.lastTask == nil && made.task == "test.echo")
            #expect(try await shop.scheduler(clock).turn() == clock.now + .seconds(60))
            #expect(try await shop.tasks.isEmpty)
            clock.advance(.seconds(60))
            #expect(try await shop.scheduler(clock).turn() == nil)
            clock.advance(.seconds(3600))
            #expect(try await shop.scheduler(clock).turn() == nil)
            let tasks = try await shop.tasks
            let schedule = try #require(try await shop.engine.findSchedule(named: "one"))
            #expect(tasks.map(\.name) == ["test.echo"] && schedule.lastTask == tasks.first?.id && schedule.nextDispatch == nil)
            try await shop.withWorkers { try await shop.engine.waitForEnd(of: tasks[0].id) }
            #expect(try await shop.tasks.first?.result == "later")
        }
    }

    @Test("an interval counts from its first time; times that were missed come once", arguments: DatabaseKind.allCases)
    func interval(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let clock = TestClock()
            let start = clock.now
            try await shop.engine.schedule(Quiet(), named: "i", .every(.seconds(60)), first: start)
            #expect(try await shop.scheduler(clock).turn() == start + .seconds(60))
            try await shop.endTasks()
            clock.advance(.seconds(60 * 100 + 7))
            #expect(try await shop.scheduler(clock).turn() == start + .seconds(60 * 101))
            try await shop.endTasks()
            clock.advance(.seconds(53))
            #expect(try await shop.scheduler(clock).turn() == start + .seconds(60 * 102))
            #expect(try await shop.tasks.count == 3)
        }
    }

    @Test("a cron expression counts on the clocks of its zone", arguments: DatabaseKind.allCases)
    func cron(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let clock = TestClock(try Timestamp(civil: "2026-11-21 10:00:00"))
            let rhythm = TaskSchedule.Rhythm.cron(try CronExpression("0 3 * * *"), in: try ScheduleZone("Europe/Berlin"))
            let made = try await shop.engine.schedule(Quiet(), named: "c", rhythm, first: clock.now)
            #expect(made.rhythm == rhythm && made.nextDispatch?.civil == "2026-11-22 02:00:00")
            clock.advance(.seconds(5 * 86_400))
            #expect(try await shop.scheduler(clock).turn()?.civil == "2026-11-27 02:00:00")
            #expect(try await shop.tasks.count == 1)
            #expect(try await shop.engine.schedules().map(\.rhythm) == [rhythm])
        }
    }

    @Test("a time that comes while the last task goes on passes by", arguments: DatabaseKind.allCases)
    func skip(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let clock = TestClock()
            let start = clock.now
            try await shop.engine.schedule(Quiet(), named: "s", .every(.seconds(60)), first: start)
            for minute in 1...3 {
                #expect(try await shop.scheduler(clock).turn() == start + .seconds(60 * minute))
                clock.advance(.seconds(60))
            }
            #expect(try await shop.tasks.count == 1)
            try await shop.endTasks()
            #expect(try await shop.scheduler(clock).turn() == start + .seconds(240))
            #expect(try await shop.tasks.count == 2)
        }
    }

    @Test("or waits for its end, once for all that came", arguments: DatabaseKind.allCases)
    func queue(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let clock = TestClock()
            let start = clock.now
            try await shop.engine.schedule(Quiet(), named: "q", .every(.seconds(60)), first: start, overlap: .queue)
            #expect(try await shop.scheduler(clock).turn() == nil)
            clock.advance(.seconds(200))
            #expect(try await shop.scheduler(clock).turn() == nil)
            #expect(try await shop.tasks.count == 1)
            try await shop.endTasks()
            #expect(try await shop.scheduler(clock).turn() == nil)
            #expect(try await shop.tasks.count == 2)
            #expect(try await shop.engine.findSchedule(named: "q")?.nextDispatch == start + .seconds(240))
        }
    }

    @Test("a clock that is moved by an hour brings no time twice, and what it skipped once", arguments: DatabaseKind.allCases)
    func clockJumps(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let clock = TestClock(try Timestamp(civil: "2026-11-21 10:00:00"))
            let expression = try CronExpression("*/15 * * * *")
            try await shop.engine.schedule(Quiet(), named: "c", .cron(expression), first: clock.now)
            try await shop.engine.schedule(Quiet(), named: "i", .every(.seconds(900)), first: clock.now)
            let scheduler = shop.scheduler(clock)
            func turn(_ expected: String, tasks: Int) async throws {
                #expect(try await scheduler.turn()?.civil == expected)
                #expect(try await shop.tasks.count == tasks)
                try await shop.endTasks()
            }
            try await turn("2026-11-21 10:15:00", tasks: 2)
            clock.advance(.seconds(-3600))
            try await turn("2026-11-21 10:15:00", tasks: 2)
            clock.advance(.seconds(3600 + 900))
            try await turn("2026-11-21 10:30:00", tasks: 4)
            clock.advance(.seconds(3600 + 60))
            try await turn("2026-11-21 11:30:00", tasks: 6)
        }
    }

    @Test("what a schedule dispatches is canceled when it has run for too long, and says why", arguments: DatabaseKind.allCases)
    func runTime(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            let clock = TestClock(.now)
            let limit: Duration = .seconds(90 * 60)
            let parent = Making(resources: [], child: Gated(gate: name), gate: name)
            try await shop.engine.schedule(parent, named: "long", .once, first: clock.now, maximumRunTime: limit)
            try await shop.withWorkers {
                try await shop.scheduler(clock).turn()
                await gate.arrivals(2)
                let next = try #require(try await shop.scheduler(clock).turn())
                clock.set(next - .seconds(1))
                try await shop.scheduler(clock).turn()
                #expect(try await shop.tasks.map(\.state) == [.running, .running])
                clock.set(next)
                try await shop.scheduler(clock).turn()
                for task in try await shop.tasks { try await shop.engine.waitForEnd(of: task.id) }
            }
            let tasks = try await shop.tasks
            #expect(tasks.map(\.state) == [.canceled, .canceled])
            #expect(tasks.last?.error == ["reason": "Canceled: it ran for longer than the maximum run time of 1 h 30 min."])
            gate.open()
        }
    }

    @Test("what no task can be made of is refused", arguments: DatabaseKind.allCases)
    func refusals(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let engine = shop.engine
            func refused(_ code: PulpError.Code, _ words: String, _ body: () async throws -> Void) async {
                var error: PulpError?
                do { try await body() } catch let refusal as PulpError { error = refusal } catch { Issue.record(error) }
                #expect(error?.code == code && error?.message.contains(words) == true, "\(error?.message ?? "")")
            }
            await refused(.invalid, #"there is no task "test.nothing""#) {
                _ = try await engine.schedule("test.nothing", arguments: [:], named: "x", .once)
            }
            await refused(.invalid, "these are not the arguments of test.nested: depth is missing") {
                _ = try await engine.schedule("test.nested", arguments: [:], named: "x", .once)
            }
            await refused(.invalid, "depth is not of the type Int") {
                _ = try await engine.schedule("test.nested", arguments: ["depth": "secret"], named: "x", .once)
            }
            await refused(.invalid, "not between one second") { _ = try await engine.schedule(Quiet(), named: "x", .every(.zero)) }
            await refused(.invalid, "maximum run time") {
                _ = try await engine.schedule(Quiet(), named: "x", .once, maximumRunTime: .seconds(-1))
            }
            for name in ["", "a\nb", String(repeating: "x", count: 256)] {
                await refused(.invalid, "name of a schedule") { _ = try await engine.schedule(Quiet(), named: name, .once) }
            }
            #expect(try await engine.schedules().isEmpty)
            let made = try await engine.schedule("test.nested", arguments: ["depth": 1], named: "x", .once)
            await refused(.conflict, #"there is a schedule "x" already"#) { _ = try await engine.schedule(Quiet(), named: "x", .once) }
            try await engine.delete(made.id)
            await refused(.notFound, made.id.prn) { try await engine.delete(made.id) }
            #expect(try await engine.find(made.id) == nil)
        }
    }

    @Test("the database shows no arguments, and a task that is forgotten takes no schedule with it", arguments: DatabaseKind.allCases)
    func rows(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let clock = TestClock()
            try await shop.engine.schedule(Echo(text: "open sesame"), named: "e", .every(.seconds(60)), first: clock.now)
            let stored = try await shop.database.read { db in try db.value("SELECT arguments FROM task_schedule", as: String.self) }
            #expect(stored?.hasPrefix("1:") == true)
            try await shop.scheduler(clock).turn()
            try await shop.endTasks()
            #expect(try await shop.engine.purge(finishedBefore: .now + .seconds(60), states: [.canceled]) == 1)
            #expect(try await shop.engine.findSchedule(named: "e")?.lastTask == nil)
        }
    }
}

/// A clock that tests move.
final class TestClock: Sendable {
    private let moment: Mutex<Timestamp>

    init(_ moment: Timestamp = Timestamp(year: 2026, month: 11, day: 21)) { self.moment = Mutex(moment) }

    var now: Timestamp { moment.withLock { $0 } }
    func set(_ new: Timestamp) { moment.withLock { $0 = new } }
    func advance(_ duration: Duration) { moment.withLock { $0 = $0 + duration } }
}

extension Workshop {
    func scheduler(_ clock: TestClock) -> Scheduler { Scheduler(engine: engine, now: { clock.now }) }

    var tasks: [TaskRecord] { get async throws { try await engine.list().tasks } }

    /// Cancels whatever waits.
    func endTasks() async throws {
        for task in try await tasks where task.state == .waiting { try await engine.cancel(task.id) }
    }
}
