import PulpTesting
import Testing

@testable import PulpCore

@Suite("Running tasks")
struct RunningTests {
    @Test("a program without a daemon runs a task and has its output", arguments: DatabaseKind.allCases)
    func run(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            #expect(try await shop.pulp.run(Echo(text: "élan")) == "élan")
            #expect(try await shop.pulp.run(Quiet()) == Empty())
            let nothing = try await shop.pulp.run(Making(resources: []))
            #expect(nothing == nil)
        }
    }

    @Test("workers run what was dispatched before and after they began", arguments: DatabaseKind.allCases)
    func dispatched(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let before = try await shop.pulp.dispatch(Echo(text: "before"))
            try await shop.withWorkers {
                let outputs = [try await before.value(), try await shop.pulp.dispatch(Echo(text: "after")).value()]
                #expect(outputs == ["before", "after"])
            }
        }
    }

    @Test("many are dispatched at once, in their order, or none of them", arguments: DatabaseKind.allCases)
    func many(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let tasks = (0..<20).map { Echo(text: "\($0)", resources: ["r\($0 % 3)", "r\($0 % 4)"]) }
            let handles = try await shop.engine.dispatch(contentsOf: tasks)
            let order = try await shop.database.read { db in
                try db.query("SELECT uuid FROM task ORDER BY id").map { try $0.get(0, as: String.self) }
            }
            #expect(order == handles.map(\.id.uuid))
            let outputs = try await shop.withWorkers {
                var outputs: [String] = []
                for handle in handles { outputs.append(try await handle.value()) }
                return outputs
            }
            #expect(outputs == tasks.map(\.text))
            await #expect(throws: PulpError.self) {
                _ = try await shop.engine.dispatch(contentsOf: tasks, group: TaskGroupRecord.id(uuid: UUIDv7.make()))
            }
            #expect(try await shop.engine.list(TaskFilter()).total == 20)
        }
    }

    @Test("an error keeps its code and its words", arguments: DatabaseKind.allCases)
    func errors(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            await #expect(throws: PulpError(.sizeMismatch, "packages/a.txt has 3 bytes, not 4")) {
                try await shop.pulp.run(Failing(code: "PLP0004"))
            }
            await #expect(throws: PulpError(.internal, "the sky fell")) { try await shop.pulp.run(Failing()) }
        }
    }

    @Test("what was deleted before a task could use it is a conflict, in words that say what to do", arguments: DatabaseKind.allCases)
    func deletedMeanwhile(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let error = await #expect(throws: PulpError.self) { try await shop.pulp.run(Dangling()) }
            #expect(error?.code == .conflict)
            #expect(error?.message.hasPrefix("something that the task was about to use was deleted meanwhile; run it again") == true)
        }
    }

    @Test("many tasks with few places and crossed locks all end", arguments: DatabaseKind.allCases)
    func crowd(kind: DatabaseKind) async throws {
        try await Workshop.with(kind, workers: 3) { shop in
            try await shop.withWorkers {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<60 {
                        group.addTask {
                            let resources = [["a", "b"], ["b", "c"], ["c", "a"], ["b", "a"]][number % 4]
                            let echo = Echo(text: "\(number)", resources: Set(resources))
                            let heard = try await shop.pulp.dispatch(echo).value()
                            #expect(heard == "\(number)")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test(
        "two processes dispatch and run at once: no two tasks meet that must not, and none overtakes one that it must wait for",
        arguments: DatabaseKind.allCases)
    func twoProcesses(kind: DatabaseKind) async throws {
        try await Workshop.with(kind, workers: 3) { shop in
            try await shop.withAnotherProcess { other in
                let house = UUIDv7.make()
                let visits = try await shop.withWorkers {
                    try await other.withWorkers {
                        try await withThrowingTaskGroup(of: Occupying.Visit.self) { group in
                            for number in 0..<120 {
                                var history = LockHistory(seed: UInt64(number), resources: 3, crowd: 5)
                                guard case .dispatch(_, let locks) = history.step(runnable: [], all: []) else { continue }
                                let pulp = number % 2 == 0 ? shop.pulp : other.pulp
                                let task = Occupying(house: house, exclusive: locks.exclusive, shared: locks.shared)
                                group.addTask { try await pulp.dispatch(task).value() }
                            }
                            return try await group.reduce(into: []) { $0.append($1) }
                        }
                    }
                }
                #expect(Set(visits.map(\.task)).count == 120)
                #expect(visits.filter(\.collides).isEmpty)
                let overtaken = visits.flatMap { older in visits.filter { older.wasOvertaken(by: $0) }.map { (older.task, $0.task) } }
                #expect(overtaken.isEmpty, "\(overtaken)")
                let left = try await shop.database.read { db in try db.value("SELECT COUNT(*) FROM task_lock", as: Int.self) }
                #expect(left == 0)
                #expect(try await shop.engine.list(TaskFilter(states: [.completed])).total == 120)
            }
        }
    }

    @Test("tasks that wait for their children do not take the places that these need", arguments: DatabaseKind.allCases)
    func nested(kind: DatabaseKind) async throws {
        try await Workshop.with(kind, workers: 1) { shop in
            let depth = try await shop.pulp.run(Nested(depth: 5))
            #expect(depth == 5)
        }
    }

    @Test("a task that another process dispatched runs here, and that process has the output", arguments: DatabaseKind.allCases)
    func otherProcess(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            try await shop.withAnotherProcess { other in
                try await shop.withWorkers {
                    let output = try await other.pulp.dispatch(Echo(text: "there")).value()
                    #expect(output == "there")
                }
            }
        }
    }

    @Test("a task that no plugin brings is refused")
    func unknownTask() async throws {
        struct Stray: TaskDefinition {
            static let name = "test.stray"
            var locks: Locks { .none }
            func run(in context: TaskContext) async throws -> Int { 1 }
        }
        try await Workshop.with(.sqlite) { shop in
            await #expect(throws: PulpError(.systemState, "the task test.stray belongs to no plugin of this program")) {
                _ = try await shop.pulp.run(Stray())
            }
        }
    }

    @Test("the working directory disappears with its task, however that ends")
    func workingDirectory() async throws {
        try await Workshop.with(.sqlite) { shop in
            let path = try await shop.pulp.run(Scribbling())
            #expect(path.hasPrefix("\(shop.folder.path)/tmp/"))
            #expect(!exists(path))
            await #expect(throws: PulpError.self) { try await shop.pulp.run(Scribbling(fails: true)) }
            #expect(try entries("\(shop.folder.path)/tmp").isEmpty)
        }
    }
}
