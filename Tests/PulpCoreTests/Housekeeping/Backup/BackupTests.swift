import Foundation
import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("A backup", .timeLimit(.minutes(15)))
struct BackupTests {
    @Test("waits for what deletes bytes, and keeps it waiting")
    func locks() throws {
        let backup = Backup(to: "/srv/backup").locks
        #expect(backup.exclusive.isEmpty)
        for deletion in [OrphanCleanup().locks, ReclaimSpace(repositories: []).locks, RepairAllArtifacts().locks] {
            #expect(!deletion.exclusive.isEmpty && deletion.exclusive.isSubset(of: backup.shared))
        }
    }

    @Test("has what the store has, chunks of uploads and the key among it; restored, nothing differs", arguments: DatabaseKind.allCases)
    func roundTrip(kind: DatabaseKind) async throws {
        try await withBackup(kind) { pulp, folder in
            let artifact = try await pulp.artifacts.add(ByteBuffer(string: "bytes"))
            let upload = try await pulp.uploads.create(size: 6)
            _ = try await pulp.uploads.write(Self.bytes("abc"), at: 0..<3, to: upload.id)
            var remote = NoteRemote()
            remote.remote = RemoteSettings(name: "r", url: "https://example.org/")
            remote.remote.password = "secret"
            remote.remote.username = "user"
            let secret = try await pulp.create(remote)
            let output = try await pulp.run(Backup(to: folder))
            #expect((output.artifacts, output.bytes, output.copied, output.chunks) == (1, 5, 1, 1))
            #expect(try mode(of: "\(folder)/database.key") == 0o600)
            let manifest = try BackupManifest(in: folder)
            #expect(try mode(of: "\(folder)/\(manifest.database.file)") == 0o600)

            try await restoring(folder, to: kind) { restored, result async throws in
                #expect((result.artifacts, result.missing, result.damaged, result.missingChunks) == (1, [], [], 0))
                #expect(try await restored.store.bytes(of: artifact.sha256, limit: 10) == ByteBuffer(string: "bytes"))
                #expect(try await restored.get(secret.id).value.remote.password == "secret")
                _ = try await restored.uploads.write(Self.bytes("def"), at: 3..<6, to: upload.id)
                let whole = try await restored.uploads.commit(upload.id, sha256: Self.digest("abcdef"))
                #expect(try await restored.store.bytes(of: whole.sha256, limit: 10) == ByteBuffer(string: "abcdef"))
                let tasks = try await restored.tasks.list().tasks
                #expect(tasks.map(\.state) == [.failed])
                #expect(tasks.first?.error == ["reason": "Worker has gone missing."])
                #expect(try await restored.integrityCheck.violations() == [])
            }
        }
    }

    @Test("made again copies what is new alone, and forgets what is gone; the one before it is replaced", arguments: DatabaseKind.allCases)
    func incremental(kind: DatabaseKind) async throws {
        try await withBackup(kind) { pulp, folder in
            let old = try await pulp.artifacts.add(ByteBuffer(string: "old"))
            _ = try await pulp.run(Backup(to: folder))
            let first = try BackupManifest(in: folder)
            _ = try await pulp.run(OrphanCleanup(protectionTime: 0))
            let new = try await pulp.artifacts.add(ByteBuffer(string: "new"))
            let same = try await pulp.artifacts.add(ByteBuffer(string: "same"))
            #expect(try await pulp.run(Backup(to: folder)).copied == 2)
            let again = try await pulp.run(Backup(to: folder))
            #expect((again.artifacts, again.copied, again.copiedBytes) == (2, 0, 0))
            let store = try LocalArtifactStore(mediaRoot: folder + "/media")
            #expect(Set(try await store.sizes(of: [old, new, same].map(\.sha256)).keys) == [new.sha256, same.sha256])
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(!files.contains(first.database.file))
            #expect(files.count { $0.hasPrefix("database-") } == 1)
            #expect(try BackupManifest(in: folder).id != first.id)
        }
    }

    @Test("names what the store itself lacks, and has the rest", arguments: DatabaseKind.allCases)
    func damagedStore(kind: DatabaseKind) async throws {
        try await withBackup(kind) { pulp, folder in
            let gone = try await pulp.artifacts.add(ByteBuffer(string: "gone"))
            let kept = try await pulp.artifacts.add(ByteBuffer(string: "kept"))
            try await pulp.store.delete(gone.sha256)
            let output = try await pulp.run(Backup(to: folder))
            #expect((output.artifacts, output.missing, output.damaged) == (1, 1, 0))
            #expect(try BackupManifest(in: folder).artifacts?.missing == [gone.sha256.hex])
            try await restoring(folder, to: kind) { restored, result async throws in
                #expect(result.missing == [gone.sha256])
                #expect(try await restored.integrityCheck.violations() == [.artifactWithoutBlob(gone.sha256)])
                #expect(try await restored.store.size(of: kept.sha256) == 4)
            }
        }
    }

    @Test("leaves out what it is told to leave out", arguments: DatabaseKind.allCases)
    func parts(kind: DatabaseKind) async throws {
        try await withBackup(kind) { pulp, folder in
            let artifact = try await pulp.artifacts.add(ByteBuffer(string: "bytes"))
            _ = try await pulp.run(Backup(to: folder, withoutArtifacts: true, withoutKey: true))
            #expect(!FileManager.default.fileExists(atPath: folder + "/database.key"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/media"))
            try await restoring(folder, to: kind) { restored, result async throws in
                #expect((result.artifacts, result.lacksKey) == (0, true))
                #expect(try await restored.integrityCheck.violations() == [.artifactWithoutBlob(artifact.sha256)])
            }
        }
    }

    @Test("is not written into the folder of something else, of another store, or beside another backup")
    func refusals() async throws {
        try await withBackup(.sqlite) { pulp, folder in
            for (path, words) in [
                ("backup", "must be an absolute path"), (pulp.settings.dataDirectory, "is no backup, and is not empty"),
            ] {
                let error = await #expect(throws: PulpError.self) { _ = try await pulp.run(Backup(to: path)) }
                #expect(error?.message.contains(words) == true, "\(String(describing: error))")
            }
            _ = try await pulp.run(Backup(to: folder))
            do {
                let lock = try BackupFolder(folder).lock()
                let busy = await #expect(throws: PulpError.self) { _ = try await pulp.run(Backup(to: folder)) }
                #expect(busy?.message == "another backup is being written into \(folder)")
                withExtendedLifetime(lock) {}
            }
            let manifest = try BackupManifest(in: folder)
            try await DatabaseKind.sqlite.withPulp(plugins: [.notes]) { other in
                let error = await #expect(throws: PulpError.self) { _ = try await other.run(Backup(to: folder)) }
                #expect(error?.message.contains("is not that of") == true)
            }
            #expect(try BackupManifest(in: folder) == manifest)
        }
    }

    @Test("whose worker was taken for dead does not replace the one before", arguments: DatabaseKind.allCases)
    func fenced(kind: DatabaseKind) async throws {
        let gate = FakeGate()
        try await withBackup(kind, through: gate) { pulp, folder in
            _ = try await pulp.run(Backup(to: folder))
            let manifest = try BackupManifest(in: folder)
            let artifact = try await pulp.artifacts.add(ByteBuffer(string: "new"))
            let run = Task { try await pulp.run(Backup(to: folder)) }
            await gate.reached()
            try await pulp.tasks.buryEverybody()
            gate.open()
            await #expect(throws: (any Error).self) { _ = try await run.value }
            // The code of the task goes on for a while.
            await pulp.tasks.close()
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(files.count { $0.hasPrefix("database-") } == 1)
            #expect(try BackupManifest(in: folder) == manifest)
            try await restoring(folder, to: kind) { restored, _ async throws in
                #expect(try await restored.artifacts.find(artifact.sha256) == nil)
                #expect(try await restored.integrityCheck.violations() == [])
            }
        }
    }

    private static func bytes(_ text: String) -> AsyncStream<ByteBuffer> {
        AsyncStream { continuation in
            continuation.yield(ByteBuffer(string: text))
            continuation.finish()
        }
    }

    private static func digest(_ text: String) throws -> SHA256Digest {
        try #require(Array(text.utf8).withUnsafeBytes { DigestHasher.digests(of: $0, [.sha256]) }.sha256)
    }

    private func mode(of path: String) throws -> Int? {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }
}
