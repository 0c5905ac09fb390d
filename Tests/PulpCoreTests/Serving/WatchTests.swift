import PulpTesting
import Synchronization
import Testing

@testable import PulpCore

@Suite("Watching the catalogue")
struct WatchTests {
    @Test("says nothing when it is ended while it waits for the database")
    func silence() async throws {
        let messages = try await messages { database, serving in
            let watching = Task { await serving.watch() }
            await database.asked.reached()
            watching.cancel()
            await watching.value
        }
        #expect(messages == [])
    }

    @Test("says so when the database does not answer")
    func trouble() async throws {
        let messages = try await messages { database, serving in
            database.fails.store(true, ordering: .relaxed)
            let watching = Task { await serving.watch() }
            await database.asked.reached()
            // The message is there before the watch waits for its next try.
            while database.log.lines().isEmpty { await Task.yield() }
            watching.cancel()
            await watching.value
        }
        #expect(messages == ["the database is away: what is kept is served"])
    }

    private func messages(_ body: (SilentDatabase, Serving) async throws -> Void) async throws -> [String] {
        try await TemporaryDirectory.with { folder in
            let database = SilentDatabase()
            var settings = Settings(dataDirectory: folder.path)
            settings.logger = database.log.logger
            let serving = Serving(
                database: database, store: try LocalArtifactStore(mediaRoot: folder.path), settings: settings, distributions: [],
                remoteSettings: { _ in RemoteSettings() }, cacheLimits: .init(), fetch: ScriptedUpstream().fetch)
            try await body(database, serving)
            return database.log.lines().map(\.message)
        }
    }
}

/// A database that never answers: it waits until the asking task is canceled, or fails at once.
private final class SilentDatabase: Database {
    let asked = FakeGate()
    let fails = Atomic<Bool>(false)
    let log = LogRecorder()
    let dialect = Dialect.sqlite

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        asked.open()
        await asked.pass()
        if fails.load(ordering: .relaxed) { throw DatabaseError(.unavailable, "away") }
        for await _ in AsyncStream<Never>.makeStream().stream {}
        throw CancellationError()
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await read(body)
    }

    func announcements() -> AsyncStream<Void> { AsyncStream { $0.finish() } }
    func acquireLease(_ name: String) async throws -> (any DatabaseLease)? { nil }
    func freeLeases(among names: [String]) async throws -> Set<String> { [] }
    var leaseGrace: Duration { .zero }
    func close() async throws {}
}
