import Foundation
import Logging
import NIOCore
import PulpTesting

@testable import PulpCore

/// Runs a body with a store, and the path of a folder for its backup that is not there yet.
func withBackup(_ kind: DatabaseKind, testTasks: Bool = false, _ body: (Pulp, String) async throws -> Void) async throws {
    try await TemporaryDirectory.with { folder in
        try await kind.withPulp(plugins: [.notes], { $0.testTasks = testTasks }) { pulp in try await body(pulp, folder.path + "/backup") }
    }
}

/// The same with a store that holds back whoever reads.
func withBackup(_ kind: DatabaseKind, through gate: FakeGate, _ body: (Pulp, String) async throws -> Void) async throws {
    try await kind.withDatabase { database in
        try await TemporaryDirectory.with { folder in
            var settings = Settings(dataDirectory: folder.path + "/data")
            settings.logger = Logger(label: "pulp.test", factory: { _ in SwiftLogNoOpLogHandler() })
            try FileManager.default.createDirectory(atPath: settings.dataDirectory, withIntermediateDirectories: true)
            let pulp = try await Pulp(
                settings: settings, database: database,
                store: GatedStore(try LocalArtifactStore(mediaRoot: folder.path + "/media"), gate), plugins: [.notes])
            try await pulp.whileOpen { try await body(pulp, folder.path + "/backup") }
        }
    }
}

/// Runs a body with an empty place for a restore.
func withTarget(_ kind: DatabaseKind, _ body: (RestoreTarget) async throws -> Void) async throws {
    try await kind.withTemporaryDatabase { database in
        try await TemporaryDirectory.with { folder in
            var settings = Settings(dataDirectory: folder.path)
            settings.logger = Logger(label: "pulp.test", factory: { _ in SwiftLogNoOpLogHandler() })
            let file = database.url == nil ? folder.path + "/pulp.sqlite" : nil
            let target = RestoreTarget(settings: settings, kind: file == nil ? "postgresql" : "sqlite", databaseFile: file) {
                if let file { try SQLiteDatabase(path: file) } else { try database.open() }
            }
            try await body(target)
        }
    }
}

/// Restores a backup elsewhere and runs a body with the store that comes of it.
func restoring(_ backup: String, to kind: DatabaseKind, _ body: (Pulp, Restore.Result) async throws -> Void) async throws {
    try await withTarget(kind) { target in
        let restore = try Restore(from: backup, into: target)
        try await restore.verify()
        let database = try await restore.restoreDatabase()
        let pulp = try await Pulp(settings: target.settings, database: database, plugins: [.notes])
        let result: Result<Void, any Error>
        do {
            try await pulp.whileOpen { try await body(pulp, try await restore.restoreBytes(to: pulp)) }
            result = .success(())
        } catch { result = .failure(error) }
        try await database.close()
        try result.get()
    }
}

extension StoreBuilder {
    /// Puts other bytes under an artifact's name.
    func overwrite(_ digest: SHA256Digest, with text: String, in media: String? = nil) throws {
        let path = "\(media ?? folder + "/media")/artifact/\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2))"
        try Data(text.utf8).write(to: URL(filePath: path))
    }
}

/// A store that holds back whoever reads, until a test lets them go on.
struct GatedStore: ArtifactStore {
    private let store: any ArtifactStore
    private let gate: FakeGate

    init(_ store: any ArtifactStore, _ gate: FakeGate) { (self.store, self.gate) = (store, gate) }

    var chunks: any ChunkStore { store.chunks }
    func stage(_ algorithms: Set<DigestAlgorithm>) async throws -> any StagedArtifact { try await store.stage(algorithms) }
    func commit<Value: Sendable>(
        _ staged: [any StagedArtifact], then record: @Sendable (CommitPermit) async throws -> Value
    ) async throws -> Value { try await store.commit(staged, then: record) }
    func size(of digest: SHA256Digest) async throws -> Int64? { try await store.size(of: digest) }
    func read(_ digest: SHA256Digest, _ range: Range<Int64>) async throws -> AsyncThrowingStream<ByteBuffer, any Error> {
        await gate.pass()
        return try await store.read(digest, range)
    }
    func localPath(of digest: SHA256Digest) -> String? { nil }
    func delete(_ digest: SHA256Digest) async throws { try await store.delete(digest) }
    func delete(
        _ candidates: [SHA256Digest], unless needed: @Sendable ([SHA256Digest]) async throws -> Set<SHA256Digest>
    ) async throws { try await store.delete(candidates, unless: needed) }
    func sweepStaging(olderThan moment: Timestamp) async throws -> Int { try await store.sweepStaging(olderThan: moment) }
    func abandonedFiles() async throws -> [String] { try await store.abandonedFiles() }
    func forEach(_ body: (SHA256Digest, Int64) async throws -> Void) async throws { try await store.forEach(body) }
}
