import PulpTesting
import Testing

@testable import PulpCore

/// A Pulp with a database of one kind and the tasks of these tests; for as long as a body runs.
struct Workshop: Sendable {
    let pulp: Pulp
    let temporary: TemporaryDatabase
    let folder: TemporaryDirectory

    var engine: TaskEngine { pulp.tasks }
    var database: any Database { pulp.database }

    static let definitions: [any TaskDefinition.Type] = [
        Echo.self, Quiet.self, Failing.self, Gated.self, Nested.self, Making.self, Reporting.self, Scribbling.self, Untidy.self,
        Domainwide.self, Occupying.self, Sealing.self, Prompt.self, PurgeTasks.self, Writing.self, Dangling.self, Staying.self,
    ]

    static func with(
        _ kind: DatabaseKind, workers: Int = 2, grace: Duration = .seconds(600), lifetime: Duration = .seconds(30),
        log: LogRecorder = LogRecorder(),
        _ body: (Workshop) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with { folder in
            try await kind.withTemporaryDatabase { temporary in
                try await temporary.withDatabase { database in
                    try await database.migrate(Migrations.core, family: "core")
                    let shop = try Workshop(database, temporary, folder, workers, grace, lifetime, log)
                    try await body(shop)
                    await shop.engine.close()
                }
            }
        }
    }

    private init(
        _ database: any Database, _ temporary: TemporaryDatabase, _ folder: TemporaryDirectory, _ workers: Int, _ grace: Duration,
        _ lifetime: Duration, _ log: LogRecorder
    ) throws {
        var settings = Settings(dataDirectory: folder.path)
        settings.workers = workers
        settings.graceInterval = grace
        settings.workerLifetime = lifetime
        settings.logger = log.logger
        (self.temporary, self.folder) = (temporary, folder)
        let store = try LocalArtifactStore(mediaRoot: "\(folder.path)/media")
        let downloader = Downloader(settings: settings)
        let serving = Serving(
            database: database, store: store, downloader: downloader, settings: settings, distributions: [],
            remoteSettings: { _ in RemoteSettings() })
        let box = SecretBox(key: Array(repeating: 7, count: 32))
        pulp = Pulp(
            settings: settings, database: database, store: store, plugins: [], downloader: downloader,
            resources: Resources(box: box),
            downloads: SharedDownloads(store: store, downloader: downloader, algorithms: settings.allowedContentChecksums),
            tasks: TaskEngine(database: database, settings: settings, box: box, definitions: Self.definitions), serving: serving)
    }

    /// Another process's view of the same data.
    func withAnotherProcess(workers: Int = 3, _ body: (Workshop) async throws -> Void) async throws {
        try await temporary.withDatabase { database in
            let lifetime = pulp.settings.workerLifetime
            try await body(Workshop(database, temporary, folder, workers, .seconds(600), lifetime, LogRecorder()))
        }
    }

    /// Runs workers while a body runs.
    func withWorkers<Value: Sendable>(_ body: @Sendable @escaping () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await pulp.runWorkers()
                return nil
            }
            group.addTask { try await body() }
            var value: Value?
            while value == nil { value = try await group.next() ?? nil }
            group.cancelAll()
            return try #require(value)
        }
    }
}
