import Foundation
import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("A restore", .timeLimit(.minutes(15)))
struct RestoreTests {
    @Test(
        "fails what ran when the backup was made, removes what it left unfinished, and leaves what waited",
        arguments: DatabaseKind.allCases)
    func settles(kind: DatabaseKind) async throws {
        try await withBackup(kind, testTasks: true) { pulp, folder in
            let waiting = try await pulp.dispatch(DummyTask(["x"]))
            _ = try await pulp.database.write { db in
                try db.execute(
                    "INSERT INTO app_status (uuid, role, name, started, heartbeat) VALUES ('u', 'api', '1@old', 0, 0)")
                return try db.execute("INSERT INTO blob_deletion (sha256, deletion, expires) VALUES ('x', 'y', \(Int64.max))")
            }
            _ = try await pulp.run(Backup(to: folder))
            try await restoring(folder, to: kind) { restored, _ async throws in
                #expect(try await restored.tasks.find(waiting.id)?.state == .waiting)
                #expect(try await restored.apps() == [])
                let deletions = try await restored.database.read { try $0.value("SELECT COUNT(*) FROM blob_deletion", as: Int.self) }
                #expect(deletions == 0)
                #expect(try await restored.tasks.workers().isEmpty)
                #expect(try await restored.integrityCheck.violations() == [])
            }
            try await waiting.cancel()
        }
    }

    @Test("refuses a store that has anything, names it, and changes nothing", arguments: DatabaseKind.allCases)
    func occupied(kind: DatabaseKind) async throws {
        try await withBackup(kind) { pulp, folder in
            _ = try await pulp.artifacts.add(ByteBuffer(string: "bytes"))
            _ = try await pulp.run(Backup(to: folder))
            try await withTarget(kind) { target in
                let data = target.settings.dataDirectory
                for path in ["media/artifact/ab", "media/upload/x"] + (kind == .sqlite ? ["pulp.sqlite/x"] : []) {
                    try FileManager.default.createDirectory(atPath: "\(data)/\(path)", withIntermediateDirectories: true)
                    let error = await #expect(throws: PulpError.self) { try await Restore(from: folder, into: target).verify() }
                    #expect(error?.code == .conflict && error?.message.contains(data) == true, "\(String(describing: error))")
                    try FileManager.default.removeItem(atPath: "\(data)/\(path.split(separator: "/")[0])")
                }
                try Data(String(repeating: "0", count: 64).utf8).write(to: URL(filePath: data + "/database.key"))
                let key = await #expect(throws: PulpError.self) { try await Restore(from: folder, into: target).verify() }
                #expect(key?.message.contains("is not that of the backup") == true)
                try FileManager.default.removeItem(atPath: data + "/database.key")
                #expect(try FileManager.default.contentsOfDirectory(atPath: data) == [])

                if kind == .postgreSQL {
                    let database = try target.open()
                    _ = try await database.write { db in try db.execute("CREATE TABLE somebodys (id BIGINT)") }
                    try await database.close()
                    let error = await #expect(throws: PulpError.self) { try await Restore(from: folder, into: target).verify() }
                    #expect(error?.message.contains("it has somebodys") == true)
                }
            }
        }
    }

    @Test("refuses a damaged backup before it changes anything, and says what is damaged", arguments: DatabaseKind.allCases)
    func damagedBackup(kind: DatabaseKind) async throws {
        try await withBackup(kind) { pulp, folder in
            _ = try await pulp.run(Backup(to: folder))
            let manifest = try BackupManifest(in: folder)
            let description = URL(filePath: folder + "/backup.json")
            let database = URL(filePath: "\(folder)/\(manifest.database.file)")
            let (text, bytes) = (try String(contentsOf: description, encoding: .utf8), try Data(contentsOf: database))
            func refusal() async throws -> String {
                var message = ""
                try await withTarget(kind) { target in
                    let error = await #expect(throws: PulpError.self) { try await Restore(from: folder, into: target).verify() }
                    message = error?.message ?? ""
                    let files = try FileManager.default.contentsOfDirectory(atPath: target.settings.dataDirectory)
                    #expect(files == [])
                }
                return message
            }
            try bytes.dropLast(1).write(to: database)
            #expect(try await refusal().contains("\(database.path()) is damaged: it has \(bytes.count - 1) bytes"))
            var flipped = bytes
            flipped[bytes.count / 2] ^= 4
            try flipped.write(to: database)
            #expect(try await refusal() == "\(database.path()) is damaged: it has another digest than backup.json says")
            try FileManager.default.removeItem(at: database)
            #expect(try await refusal().contains(database.path()))
            try bytes.write(to: database)
            for (old, new, words) in [
                ("\"format\" : 1", "\"format\" : 2", "the backup has the format 2"),
                ("\"format\" : 1", "\"format\" : \"1\"", "format is not what it must be"),
                ("\"id\"", "\"di\"", "it has no id"), ("{", "", "it is no JSON"),
                (manifest.database.file, "../../etc/passwd", "which is no copy of a database"),
                (manifest.database.file, "database-../x", "which is no copy of a database"),
                ("\"layout\" : ", "\"layout\" : 9", "made by a newer program"),
                ("\"kind\" : \"\(manifest.database.kind)\"", "\"kind\" : \"other\"", "is of a other database"),
            ] {
                try text.replacing(old, with: new, maxReplacements: 1).write(to: description, atomically: true, encoding: .utf8)
                let message = try await refusal()
                #expect(message.contains(words), "\(message)")
            }
            try FileManager.default.removeItem(at: description)
            #expect(try await refusal().hasPrefix("there is no backup: "))
            try text.write(to: description, atomically: true, encoding: .utf8)
            try FileManager.default.removeItem(atPath: folder + "/database.key")
            #expect(try await refusal().contains("has lost its key file"))
        }
    }

    @Test("brings back all but the artifacts that the backup lacks or has damaged, and names each", arguments: DatabaseKind.allCases)
    func damagedArtifacts(kind: DatabaseKind) async throws {
        try await withBackup(kind) { pulp, folder in
            var digests: [SHA256Digest] = []
            for text in ["whole", "flipped", "short", "gone"] {
                digests.append(try await pulp.artifacts.add(ByteBuffer(string: text)).sha256)
            }
            let upload = try await pulp.uploads.create(size: 2)
            for (offset, text) in ["a", "b"].enumerated() {
                let bytes = AsyncStream { continuation in
                    continuation.yield(ByteBuffer(string: text))
                    continuation.finish()
                }
                _ = try await pulp.uploads.write(bytes, at: Int64(offset)..<Int64(offset + 1), to: upload.id)
            }
            _ = try await pulp.run(Backup(to: folder))
            func path(_ digest: SHA256Digest) -> String { "\(folder)/media/artifact/\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2))" }
            try Data("flippeD".utf8).write(to: URL(filePath: path(digests[1])))
            try Data("shor".utf8).write(to: URL(filePath: path(digests[2])))
            try FileManager.default.removeItem(atPath: path(digests[3]))
            let chunk = try #require(try await pulp.uploads.find(upload.id).chunks.last)
            try Data("c".utf8).write(to: URL(filePath: "\(folder)/media/upload/\(chunk.name)"))
            try await restoring(folder, to: kind) { restored, result async throws in
                #expect((result.artifacts, result.missing, result.missingChunks) == (1, [digests[3]], 1))
                #expect(Set(result.damaged) == [digests[1], digests[2]])
                #expect(try await restored.uploads.find(upload.id).firstGap == 1..<2)
                let lost = digests.dropFirst().map(Violation.artifactWithoutBlob)
                #expect(Set(try await restored.integrityCheck.violations()) == Set(lost))
            }
        }
    }

    @Test("that was interrupted goes on, and no other backup takes its place", arguments: DatabaseKind.allCases)
    func resumes(kind: DatabaseKind) async throws {
        try await withBackup(kind) { pulp, folder in
            let artifact = try await pulp.artifacts.add(ByteBuffer(string: "bytes"))
            _ = try await pulp.run(Backup(to: folder))
            try await withTarget(kind) { target in
                let data = target.settings.dataDirectory
                let first = try Restore(from: folder, into: target)
                try await first.verify()
                try await first.restoreDatabase().close()
                #expect(try RestoreTarget.unfinishedRestore(in: data) == first.manifest.id)

                let again = try Restore(from: folder, into: target)
                try await again.verify()
                _ = try await pulp.run(Backup(to: folder))
                let other = await #expect(throws: PulpError.self) { try await Restore(from: folder, into: target).verify() }
                #expect(other?.message.contains("unfinished restore of another backup") == true)
                let database = try target.open()
                let restored = try await Pulp(settings: target.settings, database: database, plugins: [.notes])
                try await restored.whileOpen { _ = try await again.restoreBytes(to: restored) }
                #expect(try await restored.store.size(of: artifact.sha256) == 5)
                try await database.close()
                #expect(try RestoreTarget.unfinishedRestore(in: data) == nil)
            }
        }
    }
}
