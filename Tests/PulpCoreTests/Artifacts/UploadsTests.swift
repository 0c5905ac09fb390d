import Foundation
import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite struct UploadsTests {
    private func uploads(_ store: StoreBuilder) -> Uploads {
        Uploads(database: store.database, artifacts: store.artifacts)
    }

    private func bytes(_ text: String) -> AsyncStream<ByteBuffer> {
        AsyncStream { continuation in
            for character in text { continuation.yield(ByteBuffer(string: String(character))) }
            continuation.finish()
        }
    }

    private func digest(_ text: String) throws -> SHA256Digest {
        try #require(Array(text.utf8).withUnsafeBytes { DigestHasher.digests(of: $0, [.sha256]) }.sha256)
    }

    @discardableResult
    private func put(
        _ text: String, at offset: Int64, sha256: SHA256Digest? = nil, to upload: Upload, _ uploads: Uploads
    ) async throws -> Upload {
        try await uploads.write(bytes(text), at: offset..<(offset + Int64(text.utf8.count)), sha256: sha256, to: upload.id)
    }

    private func files(_ store: StoreBuilder) -> [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: store.folder + "/media/upload")) ?? []).filter { $0.contains("/") }
    }

    @Test(arguments: DatabaseKind.allCases)
    func chunksInAnyOrderBecomeAnArtifact(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let uploads = uploads(store)
            let upload = try await uploads.create(size: 9)
            try await put("ghi", at: 6, to: upload, uploads)
            try await put("abc", at: 0, sha256: try digest("abc"), to: upload, uploads)
            #expect(try await uploads.find(upload.id).firstGap == 3..<6)
            let error = await #expect(throws: PulpError.self) { _ = try await uploads.commit(upload.id, sha256: try digest("abcdefghi")) }
            #expect(error?.message.contains("3-5 are missing") == true)
            let whole = try await put("def", at: 3, to: upload, uploads)
            #expect(whole.chunks.map(\.offset) == [0, 3, 6])
            let wrong = await #expect(throws: PulpError.self) { _ = try await uploads.commit(upload.id, sha256: try digest("abc")) }
            #expect(wrong?.code == .digestMismatch)

            let artifact = try await uploads.commit(upload.id, sha256: try digest("abcdefghi"))
            #expect(try await store.store.bytes(of: artifact.sha256, limit: 9) == ByteBuffer(string: "abcdefghi"))
            #expect(files(store).isEmpty)
            let again = await #expect(throws: PulpError.self) { _ = try await uploads.commit(upload.id, sha256: artifact.sha256) }
            #expect(again?.code == .notFound)
            #expect(try await store.violations() == [])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aChunkThatIsSentAgainTakesThePlaceOfTheFirst(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let uploads = uploads(store)
            let upload = try await uploads.create(size: 3)
            try await put("xyz", at: 0, to: upload, uploads)
            try await put("abc", at: 0, to: upload, uploads)
            try await put("abc", at: 0, to: upload, uploads)
            #expect(files(store).count == 1)
            _ = try await uploads.commit(upload.id, sha256: try digest("abc"))
            #expect(files(store).isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aLongerChunkMayTakeThePlaceOfTheFirstUnlessItReachesTheNext(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let uploads = uploads(store)
            let upload = try await uploads.create(size: 6)
            try await put("ab", at: 0, to: upload, uploads)
            try await put("f", at: 5, to: upload, uploads)
            await #expect(throws: PulpError.self) { try await put("abcdef", at: 0, to: upload, uploads) }
            #expect(try await put("abcde", at: 0, to: upload, uploads).firstGap == nil)
            #expect(try await put("a", at: 0, to: upload, uploads).firstGap == 1..<5)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func chunksThatAreDamagedInTheStoreAreFoundAndKeepTheUploadFromItsEnd(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let uploads = uploads(store)
            let upload = try await uploads.create(size: 6)
            try await put("abc", at: 0, to: upload, uploads)
            let whole = try await put("def", at: 3, to: upload, uploads)
            func path(_ index: Int) -> String { "\(store.folder)/media/upload/\(whole.chunks[index].name)" }
            func failure() async -> PulpError? {
                await #expect(throws: PulpError.self) { _ = try await uploads.commit(upload.id, sha256: try digest("abcdef")) }
            }
            #expect(try await store.violations() == [])
            try Data("deX".utf8).write(to: URL(filePath: path(1)))
            let damaged = await failure()
            #expect(damaged?.code == .digestMismatch && damaged?.message.contains(whole.chunks[1].name.uuid) == true)
            try Data("d".utf8).write(to: URL(filePath: path(1)))
            #expect(try await store.violations() == [.damagedChunk(upload.id, offset: 3, expected: 3, found: 1)])
            #expect(await failure()?.code == .sizeMismatch)
            try FileManager.default.removeItem(atPath: path(1))
            #expect(try await store.violations() == [.damagedChunk(upload.id, offset: 3, expected: 3, found: nil)])
            #expect(await failure()?.code == .notFound)
            try await put("def", at: 3, to: upload, uploads)
            #expect(try await uploads.commit(upload.id, sha256: try digest("abcdef")).size == 6)
            #expect(try await store.violations() == [])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func chunksThatComeAtOnceAreAllThere(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let uploads = uploads(store)
            let upload = try await uploads.create(size: 40)
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Each offset twice, with other bytes: one of the two counts, and nothing is left of the other.
                for offset in 0..<40 {
                    for text in ["a", "b"] { group.addTask { try await put(text, at: Int64(offset), to: upload, uploads) } }
                }
                try await group.waitForAll()
            }
            let chunks = try await uploads.find(upload.id).chunks
            #expect(chunks.map(\.offset) == Array(0..<40))
            #expect(files(store).count == 40)
            #expect(try await uploads.list().map(\.chunks) == [chunks])
            let (a, b) = (try digest("a"), try digest("b"))
            let text = chunks.map { $0.sha256 == a ? "a" : $0.sha256 == b ? "b" : "?" }.joined()
            #expect(try await uploads.commit(upload.id, sha256: try digest(text)).size == 40)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aStagedChunkIsTakenOnceItIsThere(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let uploads = uploads(store)
            let upload = try await uploads.create(size: 3)
            let staged = try await uploads.stage()
            try await staged.write(ByteBuffer(string: "abc"))
            await #expect(throws: PulpError.self) { _ = try await uploads.write(staged, at: 0..<2, to: upload.id) }
            await #expect(throws: PulpError.self) {
                _ = try await uploads.write(staged, at: 0..<3, sha256: try digest("abd"), to: upload.id)
            }
            _ = try await uploads.write(staged, at: 0..<3, sha256: try digest("abc"), to: upload.id)
            await staged.discard()
            #expect(try await uploads.commit(upload.id, sha256: try digest("abc")).size == 3)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func chunksThatCannotBeAreRefusedAndLeaveNothing(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let uploads = uploads(store)
            let upload = try await uploads.create(size: 10)
            try await put("abcd", at: 2, to: upload, uploads)
            func code(_ text: String, _ range: Range<Int64>, sha256: SHA256Digest? = nil) async -> PulpError.Code? {
                await #expect(throws: PulpError.self) {
                    _ = try await uploads.write(bytes(text), at: range, sha256: sha256, to: upload.id)
                }?.code
            }
            #expect(await code("abcd", 8..<12) == .invalid)
            #expect(await code("abcd", 0..<4) == .invalid)
            #expect(await code("ab", 5..<7) == .invalid)
            #expect(await code("", 7..<7) == .invalid)
            #expect(await code("a", 7..<9) == .sizeMismatch)
            #expect(await code("abc", 7..<9) == .sizeMismatch)
            #expect(await code("ab", 7..<9, sha256: try? digest("ba")) == .digestMismatch)
            #expect(try await uploads.find(upload.id).chunks.count == 1)
            #expect(files(store).count == 1)
            let unknown = ID<Upload>(prn: "prn:core.upload:../../escape")
            await #expect(throws: PulpError.self) { _ = try await uploads.write(bytes("a"), at: 0..<1, to: unknown) }
            await #expect(throws: PulpError.self) { _ = try await uploads.create(size: -1) }
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func anEmptyFileNeedsNoChunk(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let upload = try await uploads(store).create(size: 0)
            #expect(try await uploads(store).commit(upload.id, sha256: try digest("")).size == 0)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func whatIsGivenUpOrAbandonedGoesWithItsChunks(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let uploads = uploads(store)
            let (deleted, abandoned, running) = (
                try await uploads.create(size: 3), try await uploads.create(size: 3), try await uploads.create(size: 3)
            )
            for upload in [deleted, abandoned, running] { try await put("a", at: 0, to: upload, uploads) }
            try await uploads.delete(deleted.id)
            await #expect(throws: PulpError.self) { try await uploads.delete(deleted.id) }
            try await store.execute("UPDATE upload SET updated = 0 WHERE prn = \(abandoned.id)")
            // What a crash left after the end of an upload.
            let stray = "\(store.folder)/media/upload/\(UUIDv7.make())"
            try FileManager.default.createDirectory(atPath: stray, withIntermediateDirectories: true)
            let chunk = "\(stray)/\(UUIDv7.make())"
            #expect(FileManager.default.createFile(atPath: chunk, contents: Data("x".utf8)))
            let name = try #require(ChunkName(path: chunk.dropFirst("\(store.folder)/media/upload/".count)))
            #expect(try await store.violations() == [.chunkWithoutUpload(name)])
            #expect(try await uploads.sweep(olderThan: .now - .seconds(60)) == 1)
            #expect(try await uploads.list().map(\.id) == [running.id])
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(store.folder)/media/upload") == [running.id.uuid])
        }
    }
}
