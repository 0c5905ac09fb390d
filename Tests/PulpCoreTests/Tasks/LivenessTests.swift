import Foundation
import PulpTesting
import Testing

@testable import PulpCore

@Suite("Workers that die")
struct LivenessTests {
    @Test("a dead worker's task is failed, its lock passes on, and what it still does is in vain", arguments: DatabaseKind.allCases)
    func dead(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            try await shop.withAnotherProcess { other in
                let worker = try await Worker.register(for: other.pulp, engine: other.engine) { .everything }
                let life = Task { await worker.serve() }
                let task = try await shop.pulp.dispatch(Untidy(gate: name, fails: false))
                await gate.arrivals()
                #expect(try await shop.engine.workers().map(\.id) == [WorkerRecord.id(uuid: worker.identity.uuid)])
                let blocked = try await shop.pulp.dispatch(Domainwide())
                await worker.identity.giveUp()
                try await shop.engine.bury()
                await #expect(throws: PulpError(.internal, "Worker has gone missing.")) { _ = try await task.value() }
                let output = try await shop.withWorkers { try await blocked.value() }
                #expect(output == Empty())
                gate.open()
                worker.stop(after: .zero)
                await life.value
                let record = try #require(try await shop.engine.find(task.id))
                #expect(record.state == .failed && record.error == ["reason": "Worker has gone missing."])
                #expect(record.result == nil && record.worker == nil)
                #expect(try await shop.engine.workers().isEmpty)
            }
        }
    }

    @Test("a task that was being canceled when its worker died is canceled", arguments: DatabaseKind.allCases)
    func deadWhileCanceling(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let task = try await shop.pulp.dispatch(Echo())
            let identity = try await Presence.register(.worker, in: shop.database)
            let claims = try await shop.engine.claim(for: identity.key, .everything, limit: 5)
            #expect(claims.map(\.id) == [task.id])
            try await task.cancel()
            #expect(try await shop.engine.find(task.id)?.state == .canceling)
            #expect(try await shop.engine.look(for: identity.key, .everything, claiming: true).canceling == [task.key])
            await identity.giveUp()
            try await shop.engine.bury()
            #expect(try await shop.engine.find(task.id)?.state == .canceled)
        }
    }

    @Test("a worker that was taken for dead writes nothing any more, whatever its tasks do", arguments: DatabaseKind.allCases)
    func fence(kind: DatabaseKind) async throws {
        // So long that its heart does not beat meanwhile, however busy the machine is with other tests.
        try await Workshop.with(kind, lifetime: .seconds(30_000)) { shop in
            let (name, gate) = Gate.make()
            let worker = try await Worker.register(for: shop.pulp, engine: shop.engine) { .everything }
            let life = Task { await worker.serve() }
            _ = try await shop.pulp.dispatch(Writing(gate: name))
            await gate.arrivals()
            try await shop.withAnotherProcess { other in
                // As if it had been paused: it holds its lease, and says nothing.
                let now = SuspendingClock.now
                for second in stride(from: 0, through: 30_000, by: 5_000) {
                    let alive = try await other.engine.sweep(at: now + .seconds(second))
                    #expect(alive.contains(worker.identity.uuid) == (second < 30_000))
                }
            }
            gate.open()
            worker.stop(after: .seconds(600))
            await life.value
            #expect(try await shop.database.read { try $0.value("SELECT COUNT(*) FROM task_group", as: Int.self) } == 0)
        }
    }

    @Test("a task is begun whose claim its worker did not hear of", arguments: DatabaseKind.allCases)
    func unheardClaim(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let worker = try await Worker.register(for: shop.pulp, engine: shop.engine) { .everything }
            let task = try await shop.pulp.dispatch(Echo())
            // Committed by the server, which was lost before it said so.
            let claims = try await shop.engine.claim(for: worker.identity.key, .everything, limit: 5)
            #expect(claims.map(\.id) == [task.id])
            let now = SuspendingClock.now
            for second in [0, 4] {
                try await worker.adoptStrangers(of: worker.identity.key, at: now + .seconds(second))
                #expect(try await shop.engine.find(task.id)?.state == .running)
            }
            try await worker.adoptStrangers(of: worker.identity.key, at: now + .seconds(5))
            #expect(try await task.value() == "hello")
            worker.stop(after: .zero)
            await worker.serve()
        }
    }

    @Test("a canceled task may still put away what it has", arguments: DatabaseKind.allCases)
    func canceledWrites(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            try await shop.withWorkers {
                let task = try await shop.pulp.dispatch(Writing(gate: name))
                await gate.arrivals()
                try await task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value() }
            }
            #expect(try await shop.database.read { try $0.value("SELECT COUNT(*) FROM task_group", as: Int.self) } == 1)
        }
    }

    @Test("processes of other roles are there as long as they live", arguments: DatabaseKind.allCases)
    func apps(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let pulp = shop.pulp
            let life = Task { await pulp.appear(as: .content) }
            while try await pulp.apps().isEmpty { await Task.yield() }
            try await shop.engine.bury()
            #expect(try await pulp.apps().map(\.role) == [.content])
            life.cancel()
            await life.value
            #expect(try await pulp.apps().isEmpty)
            let dead = try await Presence.register(.api, in: shop.database)
            await dead.giveUp()
            #expect(try await pulp.apps().map(\.role) == [.api])
            try await shop.engine.bury()
            #expect(try await pulp.apps().isEmpty)
        }
    }

    @Test("living workers are left alone, whoever sweeps", arguments: DatabaseKind.allCases)
    func alive(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let identity = try await Presence.register(.worker, in: shop.database)
            try await shop.withAnotherProcess { other in try await other.engine.bury() }
            try await shop.engine.bury()
            let found = try await identity.beat(in: shop.database)
            #expect(found)
            try await identity.unregister(from: shop.database)
            #expect(try await shop.engine.workers().isEmpty)
        }
    }

    @Test("a worker that was taken for dead claims nothing", arguments: DatabaseKind.allCases)
    func fenced(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let identity = try await Presence.register(.worker, in: shop.database)
            await identity.giveUp()
            try await shop.engine.bury()
            _ = try await shop.pulp.dispatch(Echo())
            let claims = try await shop.engine.claim(for: identity.key, .everything, limit: 1)
            #expect(claims.isEmpty)
            let found = try await identity.beat(in: shop.database)
            #expect(!found)
        }
    }

    @Test("a stopping worker lets its task end, and takes no other", arguments: DatabaseKind.allCases)
    func gracefulStop(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let (name, gate) = Gate.make()
            let pulp = shop.pulp
            let workers = Task { try await pulp.runWorkers() }
            let task = try await pulp.dispatch(Gated(gate: name))
            await gate.arrivals()
            workers.cancel()
            gate.open()
            #expect(try await task.value() == name)
            try await workers.value
            let left = try await pulp.dispatch(Echo())
            #expect(try await shop.engine.find(left.id)?.state == .waiting)
            #expect(try await shop.engine.workers().isEmpty)
        }
    }

    @Test("a task that outlives the grace time is failed, and says why", arguments: DatabaseKind.allCases)
    func abort(kind: DatabaseKind) async throws {
        try await Workshop.with(kind, grace: .zero) { shop in
            let (name, gate) = Gate.make()
            let pulp = shop.pulp
            let workers = Task { try await pulp.runWorkers() }
            let task = try await pulp.dispatch(Gated(gate: name))
            await gate.arrivals()
            workers.cancel()
            await #expect(throws: PulpError(.internal, "Aborted during worker shutdown.")) { _ = try await task.value() }
            try await workers.value
        }
    }

    @Test("directories of tasks that died with their process are swept; others in the folder stay")
    func leftovers() async throws {
        try await Workshop.with(.sqlite) { shop in
            let task = try await shop.pulp.dispatch(Echo())
            let dead = UUIDv7.make()
            let tmp = "\(shop.folder.path)/tmp"
            for name in [dead, task.id.uuid, "staging"] {
                try FileManager.default.createDirectory(atPath: "\(tmp)/\(name)", withIntermediateDirectories: true)
            }
            try await shop.engine.removeLeftoverDirectories()
            #expect(try Set(entries(tmp)) == [task.id.uuid, "staging"])
        }
    }
}
