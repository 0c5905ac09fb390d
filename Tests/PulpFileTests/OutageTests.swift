import PulpCore
import PulpFile
import PulpTesting
import Testing

@Suite("While the database is away", .timeLimit(.minutes(15)))
struct OutageTests {
    /// A mirror whose database can go away.
    private struct Cut {
        let database: AwayDatabase
        let mirror: Mirror
        var pulp: Pulp { mirror.pulp }

        static func with(_ kind: DatabaseKind, _ body: (Cut) async throws -> Void) async throws {
            try await withFakeRemote { fake in
                try await kind.withDatabase { database in
                    try await TemporaryDirectory.with { folder in
                        var settings = Settings(dataDirectory: folder.path)
                        settings.logger = LogRecorder().logger
                        let database = AwayDatabase(database)
                        let pulp = try await Pulp(settings: settings, database: database, plugins: [.file])
                        try await pulp.whileOpen {
                            let remote = try await pulp.create(FileRemote(name: "upstream", url: fake.url + "PULP_MANIFEST"))
                            let repository = try await pulp.create(FileRepository(name: "mirror"))
                            _ = try await pulp.create(FileDistribution(name: "d", basePath: "d", of: repository.id))
                            let mirror = Mirror(
                                pulp: pulp, upstream: Upstream(remote: fake), remote: remote, repository: repository)
                            try mirror.upstream.serve([("a", "1"), ("b", "2")])
                            try await body(Cut(database: database, mirror: mirror))
                        }
                    }
                }
            }
        }
    }

    @Test(
        "what was asked for before is served, the rest is to be asked for again, and all is well afterwards",
        arguments: DatabaseKind.allCases)
    func serving(kind: DatabaseKind) async throws {
        try await Cut.with(kind) { (cut) async throws in
            try await cut.mirror.sync()
            let serving = cut.pulp.serving
            let watching = Task { await serving.watch() }
            let known = ContentRequest(path: "d/a")
            while serving.cachedAnswer(known) == nil { _ = try await serving.answer(known) }
            cut.database.isAway = true
            #expect(serving.cachedAnswer(known) != nil)
            guard case .unavailable(_, let retryAfter) = try await serving.answer(ContentRequest(path: "d/b")) else {
                Issue.record("an answer without a database")
                return
            }
            #expect(retryAfter == .seconds(5))
            #expect(serving.cachedAnswer(known) != nil)
            cut.database.isAway = false
            #expect(try await cut.pulp.served("d/b") == "2")
            watching.cancel()
            await watching.value
        }
    }

    @Test("tasks that run wait, and go on", arguments: DatabaseKind.allCases)
    func tasks(kind: DatabaseKind) async throws {
        try await Cut.with(kind) { (cut) async throws in
            let gate = FakeGate()
            cut.mirror.upstream.remote.answer("/b", with: .file("2").waiting(for: gate))
            let mirror = cut.mirror
            let running = Task { try await mirror.sync() }
            await gate.reached()
            cut.database.isAway = true
            gate.open()
            let refused = cut.database.refused
            while cut.database.refused < refused + 5 { await Task.yield() }
            cut.database.isAway = false
            #expect(try await running.value?.number == 1)
            #expect(try await cut.mirror.paths() == ["a", "b"])
            #expect(try await cut.pulp.violations() == [])
        }
    }

    @Test("workers that wait go on when it is back", arguments: DatabaseKind.allCases)
    func idle(kind: DatabaseKind) async throws {
        try await Cut.with(kind) { (cut) async throws in
            let pulp = cut.pulp
            let workers = Task { try await pulp.runWorkers() }
            while try await pulp.tasks.workers().isEmpty { await Task.yield() }
            cut.database.isAway = true
            let refused = cut.database.refused
            while cut.database.refused < refused + 10 { await Task.yield() }
            cut.database.isAway = false
            let task = try await pulp.dispatch(SynchronizeFiles(cut.mirror.repository.id, from: cut.mirror.remote.id))
            #expect(try await task.value()?.number == 1)
            workers.cancel()
            try await workers.value
        }
    }
}
