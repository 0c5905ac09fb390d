import PulpTesting
import Synchronization
import Testing

@testable import PulpCore

@Suite("A remote's limits")
struct RemoteLimitsTests {
    @Test("let no more than so many downloads run at once, and all of them run", arguments: [1, 3, 10])
    func concurrency(limit: Int) async throws {
        try await withFetching { fetching in
            fetching.remote.answerOthers { .file($0.path).waiting(for: Self.open) }
            fetching.settings.downloadConcurrency = limit
            let current = fetching
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<50 { group.addTask { try await current.fetch("/\(number)") } }
                try await group.waitForAll()
            }
            #expect(fetching.remote.count == 50)
            #expect(fetching.remote.mostAtOnce <= limit)
        }
    }

    @Test("space requests by the remote's rate")
    func rate() async throws {
        try await withFetching { fetching in
            fetching.remote.answerOthers { .file($0.path) }
            fetching.settings.rateLimit = 2
            for number in 0..<5 { _ = try await fetching.fetch("/\(number)") }
            #expect(fetching.time.sleeps == Array(repeating: .milliseconds(500), count: 4))
        }
    }

    @Test("let who is cancelled go, and admit who comes after")
    func cancellation() async throws {
        let limits = RemoteLimits(time: TestTime().time)
        let key = RemoteLimits.Key(name: "a", url: "b")
        let gate = FakeGate()
        let first = Task { try await limits.run(key, concurrency: 1, rate: nil) { await gate.pass() } }
        await gate.reached()
        let second = Task { try await limits.run(key, concurrency: 1, rate: nil) { Issue.record("ran although cancelled") } }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        let third = Task { try await limits.run(key, concurrency: 1, rate: nil) { 3 } }
        gate.open()
        try await first.value
        try await #expect(third.value == 3)
    }

    private static let open: FakeGate = {
        let gate = FakeGate()
        gate.open()
        return gate
    }()
}
