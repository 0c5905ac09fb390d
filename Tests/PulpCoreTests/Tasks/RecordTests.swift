import PulpTesting
import Synchronization
import Testing

@testable import PulpCore

@Suite("What is known of tasks")
struct RecordTests {
    @Test("a completed task shows its result, its resources and what it made, in order", arguments: DatabaseKind.allCases)
    func completed(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            _ = try await shop.pulp.run(Echo(text: "a\"b", resources: ["prn:x:2", "prn:x:1"]))
            _ = try await shop.pulp.run(Making(resources: ["prn:b", "prn:a"]))
            let tasks = try await shop.engine.list().tasks
            #expect(tasks.map(\.name) == ["test.making", "test.echo"])
            let domain = "shared:prn:core.domain:00000000-0000-7000-8000-000000000001"
            #expect(tasks[1].reservedResources == ["prn:x:1", "prn:x:2", domain])
            #expect(tasks[1].result == "a\"b" && tasks[1].error == nil && tasks[1].state == .completed)
            #expect(tasks[0].createdResources == ["prn:b", "prn:a"] && tasks[0].result == nil)
            let times = [tasks[0].created, tasks[0].unblocked, tasks[0].started, tasks[0].finished].compactMap(\.self)
            #expect(times == times.sorted() && times.count == 4)
        }
    }

    @Test("a failed task shows its error", arguments: DatabaseKind.allCases)
    func failed(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            await #expect(throws: PulpError.self) { _ = try await shop.pulp.run(Failing(code: "PLP0004")) }
            let task = try #require(try await shop.engine.list().tasks.first)
            #expect(task.state == .failed)
            #expect(
                task.error == [
                    "traceback": "", "description": "[PLP0004] packages/a.txt has 3 bytes, not 4", "error_code": "PLP0004",
                ])
        }
    }

    @Test("progress reports end with their task", arguments: DatabaseKind.allCases, [true, false])
    func progress(kind: DatabaseKind, fails: Bool) async throws {
        try await Workshop.with(kind) { shop in
            let seen = Mutex<[ProgressReport]>([])
            do {
                _ = try await shop.pulp.run(Reporting(count: 5, fails: fails)) { report in seen.withLock { $0.append(report) } }
            } catch is PulpError where fails {}
            let state: TaskState = fails ? .failed : .completed
            #expect(
                try await shop.engine.list().tasks.first?.progress == [
                    ProgressReport(code: "test.counting", message: "Counting", state: state, done: 5, total: 5),
                    ProgressReport(code: "test.resting", message: "Resting", state: state, done: 1),
                ])
            #expect(seen.withLock { $0.map(\.done) } == [0, 1, 2, 3, 4, 5, 1])
        }
    }

    @Test("lists are filtered and paged; the youngest come first", arguments: DatabaseKind.allCases)
    func filters(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            for number in 0..<5 { _ = try await shop.pulp.run(Echo(text: "\(number)", resources: ["r\(number % 2)"])) }
            let waiting = try await shop.pulp.dispatch(Quiet())
            var filter = TaskFilter(states: [.completed], nameContains: ".ech")
            filter.exclusiveResources = ["r0"]
            (filter.limit, filter.offset) = (2, 1)
            let page = try await shop.engine.list(filter)
            #expect(page.total == 3 && page.tasks.map(\.result) == ["2", "0"])
            #expect(try await shop.engine.list(TaskFilter(states: [.waiting])).tasks.map(\.id) == [waiting.id])
            #expect(try await shop.engine.list(TaskFilter(nameContains: "ECHO")).total == 0)
            #expect(try await shop.engine.list(TaskFilter(nameContains: "%")).total == 0)
        }
    }

    @Test("purging forgets what ended before, and nothing that did not end", arguments: DatabaseKind.allCases)
    func purge(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            _ = try await shop.pulp.run(Echo())
            await #expect(throws: PulpError.self) { _ = try await shop.pulp.run(Failing()) }
            let waiting = try await shop.pulp.dispatch(Quiet())
            #expect(try await shop.engine.purge(finishedBefore: .now - .seconds(3600)) == 0)
            #expect(try await shop.engine.purge(finishedBefore: .now + .seconds(1)) == 1)
            #expect(try await shop.engine.purge(finishedBefore: .now + .seconds(1), states: Set(TaskState.allCases)) == 1)
            #expect(try await shop.engine.list().tasks.map(\.id) == [waiting.id])
            await #expect(throws: PulpError.self) { try await shop.engine.delete(waiting.id) }
            try await waiting.cancel()
            try await shop.engine.delete(waiting.id)
            #expect(try await shop.engine.find(waiting.id) == nil)
        }
    }

    @Test("a waiting task can say why", arguments: DatabaseKind.allCases)
    func reasons(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let holder = try await shop.pulp.dispatch(Echo(resources: ["a", "b"]))
            let second = try await shop.pulp.dispatch(Echo(resources: ["a"]))
            let third = try await shop.pulp.dispatch(Echo(resources: ["a", "b", "c"]))
            #expect(try await shop.engine.reasons(for: holder.id).isEmpty)
            #expect(
                try await shop.engine.reasons(for: second.id) == [
                    WaitingReason(resource: "a", exclusive: true, holders: [holder.id], ahead: 1)
                ])
            #expect(
                try await shop.engine.reasons(for: third.id) == [
                    WaitingReason(resource: "a", exclusive: true, holders: [holder.id], ahead: 2),
                    WaitingReason(resource: "b", exclusive: true, holders: [holder.id], ahead: 1),
                ])
        }
    }
}

@Suite("The states of tasks")
struct TaskStateTests {
    @Test("final states are those that nothing follows, and every state can be reached")
    func transitions() {
        #expect(Set(TaskState.allCases.filter(\.isFinal)) == [.completed, .failed, .canceled, .skipped])
        #expect(TaskState.unfinished == Set(TaskState.allCases.filter { !$0.isFinal }))
        var reached: Set<TaskState> = [.waiting]
        for _ in TaskState.allCases { reached = reached.union(reached.flatMap(\.successors)) }
        #expect(reached == Set(TaskState.allCases))
        #expect(!TaskState.canceling.successors.contains(.completed))
    }

    @Test("a transition happens from its state alone, and for its worker alone", arguments: DatabaseKind.allCases)
    func conditional(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let key = try await shop.pulp.dispatch(Echo()).key
            let identity = try await Presence.register(.worker, in: shop.database)
            _ = try await shop.engine.claim(for: identity.key, .everything, limit: 1)
            let steps = try await shop.database.write { db in
                [
                    try TaskTransition(from: .waiting, to: .canceled).apply(to: [key], in: db),
                    try TaskTransition(from: .running, to: .completed, worker: identity.key + 1).apply(to: [key], in: db),
                    try TaskTransition(from: .running, to: .completed, worker: identity.key).apply(to: [key], in: db),
                    try TaskTransition(from: .running, to: .failed, worker: identity.key).apply(to: [key], in: db),
                ]
            }
            #expect(steps == [[], [], [key], []])
            try await identity.unregister(from: shop.database)
        }
    }
}
