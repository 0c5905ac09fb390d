import Foundation
import Synchronization

@testable import PulpCore

struct Echo: TaskDefinition {
    static let name = "test.echo"
    var text = "hello"
    var resources: Set<String> = []
    var locks: Locks { Locks(exclusive: resources) }
    func run(in context: TaskContext) async throws -> String { text }
}

/// Short, unless a gate is closed.
struct Prompt: TaskDefinition {
    static let name = "test.prompt"
    static let isImmediate = true
    var resources: Set<String> = []
    var gate: String?
    var locks: Locks { Locks(exclusive: resources) }
    func run(in context: TaskContext) async throws -> String {
        if let gate { try await Gate.named(gate).pass() }
        return "prompt"
    }
}

struct Quiet: TaskDefinition {
    static let name = "test.quiet"
    var locks: Locks { .none }
    func run(in context: TaskContext) async throws -> Empty { Empty() }
}

/// Comes to the moment of sealing after it was canceled, without having noticed.
struct Sealing: TaskDefinition {
    static let name = "test.sealing"
    var gate: String
    var locks: Locks { .none }
    func run(in context: TaskContext) async throws -> Empty {
        let fence = TaskFence.current
        try await context.pulp.database.write { db in try fence?.confirm(in: db) }
        await context.progress("test.sealed", "Sealed", done: 1)
        do { try await Gate.named(gate).pass() } catch is CancellationError {}
        try await Task { try await context.pulp.database.write { db in try fence?.confirm(in: db) } }.value
        await context.progress("test.sealed", "Sealed", done: 2)
        return Empty()
    }
}

/// Writes after its gate has opened, whatever became of it meanwhile.
struct Writing: TaskDefinition {
    static let name = "test.writing"
    var gate: String
    var locks: Locks { .none }
    func run(in context: TaskContext) async throws -> Empty {
        do { try await Gate.named(gate).pass() } catch is CancellationError {}
        let (pulp, name) = (context.pulp, gate)
        try await Task {
            _ = try await pulp.database.write { db in
                try db.execute("INSERT INTO task_group (prn, description, created) VALUES (\(name), 'written', 0)")
            }
        }.value
        return Empty()
    }
}

/// Runs in the process that asks for it, and says which worker that has.
struct Staying: TaskDefinition {
    static let name = "test.staying"
    static let staysWithCaller = true
    var locks: Locks { .none }
    func run(in context: TaskContext) async throws -> Int64 { context.run.worker }
}

/// Refers to what somebody has deleted.
struct Dangling: TaskDefinition {
    static let name = "test.dangling"
    var locks: Locks { .none }
    func run(in context: TaskContext) async throws -> Empty {
        _ = try await context.pulp.database.write { db in
            try db.execute("INSERT INTO content_artifact (content, relative_path) VALUES (123456, 'a')")
        }
        return Empty()
    }
}

/// Wants the whole domain for itself.
struct Domainwide: TaskDefinition {
    static let name = "test.domainwide"
    var locks: Locks { Locks(exclusive: ["prn:core.domain:\(Locks.domain)"]) }
    func run(in context: TaskContext) async throws -> Empty { Empty() }
}

struct Failing: TaskDefinition {
    static let name = "test.failing"
    struct Unforeseen: Error, CustomStringConvertible { let description = "the sky fell" }
    var code: String?
    var locks: Locks { .exclusive(named: "failing") }
    func run(in context: TaskContext) async throws -> Int {
        if let code { throw PulpError(.init(code), "packages/a.txt has 3 bytes, not 4") }
        throw Unforeseen()
    }
}

/// Runs until its gate opens, or until it is interrupted.
struct Gated: TaskDefinition {
    static let name = "test.gated"
    var gate: String
    var exclusive: Set<String> = []
    var shared: Set<String> = []
    var locks: Locks { Locks(exclusive: exclusive, shared: shared) }
    func run(in context: TaskContext) async throws -> String {
        try await Gate.named(gate).pass()
        return gate
    }
}

/// Waits for a child of each kind.
struct Nested: TaskDefinition {
    static let name = "test.nested"
    var depth: Int
    var locks: Locks { .none }
    func run(in context: TaskContext) async throws -> Int {
        guard depth > 0 else { return 0 }
        return try await context.dispatch(Nested(depth: depth - 1)).value() + 1
    }
}

/// Records what it makes, and dispatches without waiting.
struct Making: TaskDefinition {
    static let name = "test.making"
    var resources: [String]
    var child: Gated?
    var gate: String?
    var locks: Locks { .none }
    func run(in context: TaskContext) async throws -> [String]? {
        for resource in resources { try await context.created(ID<Echo>(prn: resource)) }
        if let child { _ = try await context.dispatch(child) }
        if let gate { try await Gate.named(gate).pass() }
        return nil
    }
}

struct Reporting: TaskDefinition {
    static let name = "test.reporting"
    var count: Int
    var fails = false
    var locks: Locks { .none }
    func run(in context: TaskContext) async throws -> Empty {
        for done in 0...count { await context.progress("test.counting", "Counting", done: done, total: count) }
        await context.progress("test.resting", "Resting", done: 1)
        if fails { throw Failing.Unforeseen() }
        return Empty()
    }
}

/// Leaves files in its working directory, and tells where that is.
struct Scribbling: TaskDefinition {
    static let name = "test.scribbling"
    var fails = false
    var locks: Locks { .none }
    func run(in context: TaskContext) async throws -> String {
        let path = try context.workingDirectory
        try Data("ink".utf8).write(to: URL(filePath: "\(path)/note"))
        await context.progress("test.path", path, done: 1)
        if fails { throw Failing.Unforeseen() }
        return path
    }
}

/// Goes on after its interruption, and ends with something else than a `CancellationError`.
struct Untidy: TaskDefinition {
    static let name = "test.untidy"
    var gate: String
    var fails: Bool
    var locks: Locks { .none }
    func run(in context: TaskContext) async throws -> String {
        do { try await Gate.named(gate).pass() } catch {
            if fails { throw Failing.Unforeseen() }
        }
        return "done"
    }
}

/// Enters rooms that it shares or has to itself, and notes who else is there.
struct Occupying: TaskDefinition {
    static let name = "test.occupying"
    var house: String
    var exclusive: Set<String>
    var shared: Set<String>
    var locks: Locks { Locks(exclusive: exclusive, shared: shared) }
    func run(in context: TaskContext) async throws -> Visit {
        let (collides, entered) = House.named(house).enter(locks)
        for _ in 0..<5 { await Task.yield() }
        let left = House.named(house).leave(locks)
        return Visit(
            task: TaskRun.current?.claim.key ?? 0, exclusive: exclusive, shared: shared, collides: collides, entered: entered,
            left: left)
    }

    /// Who was in the house, and when, by the house's own clock.
    struct Visit: Codable, Sendable {
        let task: Int64
        let exclusive: Set<String>
        let shared: Set<String>
        let collides: Bool
        let entered: Int
        let left: Int

        /// Whether this one had to leave first, and did not.
        func wasOvertaken(by younger: Visit) -> Bool {
            let mustWait =
                !younger.exclusive.isDisjoint(with: exclusive.union(shared)) || !younger.shared.isDisjoint(with: exclusive)
            return task < younger.task && mustWait && left > younger.entered
        }
    }
}

/// Who is in which room now.
final class House: Sendable {
    private static let houses = Mutex<[String: House]>([:])
    private struct State {
        var clock = 0
        var rooms: [String: (alone: Int, together: Int)] = [:]
    }
    private let state = Mutex(State())

    static func named(_ name: String) -> House {
        houses.withLock { houses in
            if let house = houses[name] { return house }
            let house = House()
            houses[name] = house
            return house
        }
    }

    /// - Returns: whether somebody is there who must not be, and the time.
    func enter(_ locks: Locks) -> (collides: Bool, time: Int) {
        state.withLock { state in
            state.clock += 1
            var collides = false
            for (room, exclusive) in locks.all {
                let there = state.rooms[room, default: (0, 0)]
                collides = collides || there.alone > 0 || (exclusive && there.together > 0)
                state.rooms[room] = exclusive ? (there.alone + 1, there.together) : (there.alone, there.together + 1)
            }
            return (collides, state.clock)
        }
    }

    /// - Returns: the time.
    func leave(_ locks: Locks) -> Int {
        state.withLock { state in
            state.clock += 1
            for (room, exclusive) in locks.all {
                let there = state.rooms[room, default: (0, 0)]
                state.rooms[room] = exclusive ? (there.alone - 1, there.together) : (there.alone, there.together - 1)
            }
            return state.clock
        }
    }
}

/// A door that tests open, and that tasks of this process wait at.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrivals = 0
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        var visitors: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// The gates of this process: tasks carry names, not gates.
    private static let gates = Mutex<[String: Gate]>([:])
    private let state = Mutex(State())

    static func named(_ name: String) -> Gate {
        gates.withLock { gates in
            if let gate = gates[name] { return gate }
            let gate = Gate()
            gates[name] = gate
            return gate
        }
    }

    /// A gate with a name that no other test has.
    static func make() -> (name: String, gate: Gate) {
        let name = UUIDv7.make()
        return (name, named(name))
    }

    func pass() async throws {
        let number = state.withLock { state in
            state.arrivals += 1
            return state.arrivals
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let visitors = state.withLock { state -> [(count: Int, continuation: CheckedContinuation<Void, Never>)] in
                    if Task.isCancelled {
                        continuation.resume(throwing: CancellationError())
                    } else if state.isOpen {
                        continuation.resume()
                    } else {
                        state.waiting[number] = continuation
                    }
                    defer { state.visitors.removeAll { $0.count <= state.arrivals } }
                    return state.visitors.filter { $0.count <= state.arrivals }
                }
                for visitor in visitors { visitor.continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until this many tasks have come to the gate.
    func arrivals(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.arrivals < count { state.visitors.append((count, continuation)) }
                return state.arrivals >= count
            }
            if isThere { continuation.resume() }
        }
    }
}
