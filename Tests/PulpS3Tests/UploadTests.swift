import Foundation
import NIOCore
import PulpCore
import PulpTesting
import Testing

@testable import PulpS3

@Suite("Uploads to object storage")
struct UploadTests {
    @Test("a chunk that comes by one machine is there for another, which ends the upload", arguments: DatabaseKind.allCases)
    func machines(kind: DatabaseKind) async throws {
        try await S3Fixture.with(kind) { fixture in
            // Two machines: each has a store and a folder of its own, and they share a database and a bucket.
            func machine(_ name: String) async throws -> Pulp {
                var settings = Settings(dataDirectory: fixture.folder.path + "/\(name)")
                settings.logger = S3Fixture.silent
                try FileManager.default.createDirectory(atPath: settings.dataDirectory, withIntermediateDirectories: true)
                let store = try S3ArtifactStore(
                    fixture.configuration(), staging: settings.dataDirectory + "/staging", gate: DatabaseCommitGate(fixture.database),
                    environment: [:], logger: S3Fixture.silent, time: S3Fixture.time)
                return try await Pulp(settings: settings, database: fixture.database, store: store, plugins: [])
            }
            let (one, other) = (try await machine("one"), try await machine("other"))
            try await one.whileOpen {
                try await other.whileOpen {
                    let whole = S3Fixture.pattern(7 << 20)
                    let digest = whole.withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.sha256]) }.sha256
                    let upload = try await one.uploads.create(size: Int64(whole.readableBytes))
                    // The second goes up in parts, the first in one piece.
                    for (pulp, range) in [(one, 0..<1 << 20), (other, 1 << 20..<7 << 20)] {
                        let bytes = try #require(whole.getSlice(at: range.lowerBound, length: range.count))
                        _ = try await pulp.uploads.write(
                            stream(bytes), at: Int64(range.lowerBound)..<Int64(range.upperBound), to: upload.id)
                    }
                    #expect(try await one.integrityCheck.violations() == [])
                    let artifact = try await one.run(CommitUpload(upload: upload.id, sha256: try #require(digest)))
                    #expect(try await other.artifacts.find(artifact)?.size == Int64(whole.readableBytes))
                    #expect(try await chunks(of: other) == [])
                    #expect(try await other.integrityCheck.violations() == [])
                }
            }
        }
    }

    @Test("abandoned chunks, and those of ended uploads, are swept")
    func sweep() async throws {
        try await S3Fixture.with { fixture in
            var settings = Settings(dataDirectory: fixture.folder.path)
            settings.logger = S3Fixture.silent
            let store = try fixture.store { $0.prefix = "some" }
            let pulp = try await Pulp(settings: settings, database: fixture.database, store: store, plugins: [])
            try await pulp.whileOpen {
                let (abandoned, running) = (try await pulp.uploads.create(size: 3), try await pulp.uploads.create(size: 3))
                for upload in [abandoned, running] {
                    _ = try await pulp.uploads.write(stream(ByteBuffer(string: "a")), at: 0..<1, to: upload.id)
                }
                let stray = ChunkName(upload: UUIDv7.make(), uuid: UUIDv7.make())
                let (staged, _) = try await store.staged(ByteBuffer(string: "stray"))
                try await store.chunks.put(staged, as: stray)
                #expect(try await pulp.integrityCheck.violations() == [.chunkWithoutUpload(stray)])
                _ = try await fixture.database.write { db in try db.execute("UPDATE upload SET updated = 0 WHERE prn = \(abandoned.id)") }
                #expect(try await pulp.run(UploadCleanup(protectionTime: 1)) == 1)
                #expect(try await chunks(of: pulp).map(\.upload) == [running.id.uuid])
                #expect(try await pulp.integrityCheck.violations() == [])
            }
        }
    }

    private func stream(_ bytes: ByteBuffer) -> AsyncStream<ByteBuffer> {
        AsyncStream { continuation in
            var rest = bytes
            while let piece = rest.readSlice(length: min(100_000, rest.readableBytes)), piece.readableBytes > 0 {
                continuation.yield(piece)
            }
            continuation.finish()
        }
    }

    private func chunks(of pulp: Pulp) async throws -> [ChunkName] {
        let found = FoundChunks()
        try await pulp.store.chunks.forEach { await found.insert($0) }
        return await found.all
    }
}

private actor FoundChunks {
    private(set) var all: [ChunkName] = []
    func insert(_ chunk: ChunkName) { all.append(chunk) }
}
