import Foundation
import PulpCore
import PulpFile
import PulpTesting
import Testing

@Suite("When there is no space left", .timeLimit(.minutes(15)))
struct FullDiskTests {
    /// A mirror with one version, whose task log opens a gate when the end of a task could not be written.
    private struct Crowded {
        let pulp: Pulp
        let mirror: Mirror
        let stuck: FakeGate

        /// - Parameter directory: where everything is kept.
        static func with(
            in directory: String, _ database: (any Database)? = nil, _ body: (Crowded) async throws -> Void
        ) async throws {
            try await withFakeRemote { fake in
                let stuck = FakeGate()
                var settings = Settings(dataDirectory: directory)
                settings.logger = LogRecorder { if $0.message == "the end of a task was not written yet" { stuck.open() } }.logger
                let pulp = try await Pulp(settings: settings, database: database, plugins: [.file])
                let result: Result<Void, any Error>
                do { result = .success(try await body(Crowded(pulp, fake, stuck))) } catch { result = .failure(error) }
                try await pulp.close()
                try result.get()
            }
        }

        private init(_ pulp: Pulp, _ fake: FakeRemote, _ stuck: FakeGate) async throws {
            let remote = try await pulp.create(FileRemote(name: "upstream", url: fake.url + "PULP_MANIFEST"))
            let repository = try await pulp.create(FileRepository(name: "mirror"))
            mirror = Mirror(pulp: pulp, upstream: Upstream(remote: fake), remote: remote, repository: repository)
            _ = try await pulp.create(FileDistribution(name: "d", basePath: "d", of: repository.id))
            try mirror.upstream.serve([("old", "1")])
            try await mirror.sync()
            (self.pulp, self.stuck) = (pulp, stuck)
        }

        /// Syncs far more than there is space for, gives the space back, and looks at what became of it.
        func overflow(makingRoom: () async throws -> Void) async throws {
            let name = String(repeating: "a long name ", count: 20)
            let files = (0..<400).map { (path: "\(name)/\($0)", text: String(repeating: "\($0) ", count: 500)) }
            try mirror.upstream.serve(files)
            let (mirror, stuck) = (mirror, stuck)
            let running = Task {
                // Whichever comes first: the task has ended, or it cannot even write that it has.
                defer { stuck.open() }
                return try await mirror.sync()
            }
            await stuck.pass()
            try await makingRoom()
            let error = await #expect(throws: (any Error).self) { _ = try await running.value }
            let message = error.map { "\($0)" } ?? ""
            #expect(message.contains("full") || message.contains("No space left on device"), "\(message)")

            #expect(try await mirror.latest() == 1)
            #expect(try await pulp.served("d/old") == "1")
            #expect(try await pulp.violations().filter { !$0.isDebris } == [])
            #expect(try await pulp.tasks.list(TaskFilter(states: [.running, .canceling])).total == 0)
            #expect(try pulp.stagedFiles() == [])

            try await mirror.sync(mirror: true)
            #expect(try await mirror.paths().count == 400)
            #expect(try await pulp.served("d/\(name)/7") == files[7].text)
            #expect(try await pulp.violations() == [])
        }
    }

    @Test(
        "in the database, wherever it is missed first, the sync fails with that reason, and works when there is space again",
        arguments: [0, 1, 3, 10, 50, 120, 180])
    func database(pages: Int) async throws {
        try await TemporaryDirectory.with { folder in
            try await Crowded.with(in: folder.path) { (crowded) async throws in
                func limit(_ pages: Int) async throws {
                    _ = try await crowded.pulp.database.write { db in try db.query("PRAGMA max_page_count = \(raw: "\(pages)")") }
                }
                let count = try await crowded.pulp.database.read { db in try db.value("PRAGMA page_count", as: Int.self) ?? 0 }
                try await limit(count + pages)
                try await crowded.overflow { try await limit(1 << 30) }
            }
        }
    }

    @Test(
        "on the disk, wherever it is missed first, the sync fails with that reason, and works when there is space again",
        .enabled(if: SmallFileSystem.isPermitted), arguments: [0, 16, 160, 900, 2000])
    func disk(kilobytes: Int) async throws {
        try await TemporaryDirectory.with { folder in
            let disk = try SmallFileSystem(at: folder.path + "/data", bytes: 16 << 20)
            defer { disk.unmount() }
            try await Crowded.with(in: folder.path + "/data") { (crowded) async throws in
                try disk.fill(leaving: kilobytes << 10)
                try await crowded.overflow { try disk.clear() }
            }
        }
    }

    @Test(
        "on the disk of PostgreSQL, wherever it is missed first, the sync fails with that reason, and works when there is space again",
        .enabled(if: SmallFileSystem.isPermitted), arguments: [0, 16, 64, 160, 400])
    func postgreSQL(kilobytes: Int) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pulp-tablespace-\(UUID())").path
        let disk = try SmallFileSystem(at: folder, bytes: 48 << 20)
        defer {
            disk.unmount()
            rmdir(folder)
        }
        let tables = folder + "/tables"
        try FileManager.default.createDirectory(atPath: tables, withIntermediateDirectories: false)
        try await TemporaryPostgreSQL.with(in: tables) { temporary in
            try await TemporaryDirectory.with { data in
                try await Crowded.with(in: data.path, try temporary.open()) { (crowded) async throws in
                    try disk.fill(leaving: kilobytes << 10)
                    try await crowded.overflow { try disk.clear() }
                }
            }
        }
    }
}
