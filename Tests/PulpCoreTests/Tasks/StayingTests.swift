import PulpTesting
import Synchronization
import Testing

@testable import PulpCore

@Suite("A task that stays with its caller", .timeLimit(.minutes(15)))
struct StayingTests {
    @Test("is run by the caller's worker, however many others have nothing to do", arguments: DatabaseKind.allCases)
    func stays(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            try await shop.withAnotherProcess { other in
                try await other.withWorkers {
                    #expect(try await other.engine.dispatch(Echo()).value() == "hello")
                    let resident = try #require(other.engine.guests.withLock { $0.residents.first?.identity.key })
                    for _ in 0..<10 {
                        #expect(try await shop.pulp.run(Staying()) != resident)
                        #expect(try await other.pulp.run(Staying()) == resident)
                    }
                }
            }
        }
    }

    @Test("is canceled when the caller dies before it is begun, and nobody else runs it", arguments: DatabaseKind.allCases)
    func orphaned(kind: DatabaseKind) async throws {
        try await Workshop.with(kind) { shop in
            let caller = try await Presence.register(.worker, in: shop.database)
            let task = try await shop.engine.dispatch(Staying(), group: nil, worker: caller.key)
            try await shop.withWorkers { _ = try await shop.engine.dispatch(Echo()).value() }
            #expect(try await shop.engine.find(task.id)?.state == .waiting)
            await caller.giveUp()
            try await shop.engine.bury()
            #expect(try await shop.engine.find(task.id)?.state == .canceled)
            #expect(try await shop.engine.workers().isEmpty)
        }
    }
}
