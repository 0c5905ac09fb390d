import NIOCore
public import PulpCore

/// One thing that every ``ArtifactStore`` must do. A store's test runs each check against a fresh store:
///
/// ```swift
/// @Test(arguments: ArtifactStoreConformance.checks)
/// func conforms(_ check: ArtifactStoreConformance) async throws { try await check.run(LocalArtifactStore(mediaRoot: folder)) }
/// ```
public struct ArtifactStoreConformance: Sendable, CustomStringConvertible {
    /// What the check finds true of a store.
    public let description: String
    private let body: @Sendable (any ArtifactStore) async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable (any ArtifactStore) async throws -> Void) {
        (self.description, self.body) = (description, body)
    }

    /// Runs the check.
    /// - Parameter store: an empty store that nobody else uses.
    /// - Throws: ``ConformanceFailure``, or what the store threw.
    public func run(_ store: any ArtifactStore) async throws { try await body(store) }
}

/// A store, a database or a plugin does not do what its protocol promises.
public struct ConformanceFailure: Error, CustomStringConvertible {
    /// The promise that is not kept.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension ArtifactStoreConformance {
    /// All of them.
    public static let checks = artifactChecks + chunkChecks

    static let artifactChecks = [
        Self("bytes of every size come back under their digest") { store in
            for size in [0, 1, 65_535, 65_536, 65_537, 300_000, 1_500_000] {
                let (bytes, description) = try await add(size, to: store)
                try expect(description.size == Int64(size), "the size of \(size) bytes")
                try expect(try await store.size(of: description.sha256) == Int64(size), "the stored size of \(size) bytes")
                try expect(try await whole(description, in: store) == bytes, "the stored bytes, \(size) of them")
            }
        },
        Self("the digests asked for are computed, and SHA-256 always") { store in
            let staged = try await store.stage([.md5, .sha512])
            try await staged.write(ByteBuffer(string: "abc"))
            let digests = try await staged.finish().digests
            try expect(digests.algorithms == [.md5, .sha256, .sha512], "the algorithms")
            try expect(digests[.md5] == "900150983cd24fb0d6963f7d28e17f72", "the MD5 digest")
            try expect(
                digests[.sha256] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "the SHA-256 digest")
            try expect(try await staged.finish().digests == digests, "a second end of writing")
        },
        Self("nothing has a name before the commit, nor after it was discarded") { store in
            let staged = try await store.stage([])
            try await staged.write(bytes(100_000, seed: 7))
            let digest = try await staged.finish().sha256
            try expect(try await store.size(of: digest) == nil, "an artifact that is not committed")
            await staged.discard()
            try await expectError("a commit of a discarded artifact") { try await store.commit([staged]) }
            try expect(try await store.size(of: digest) == nil, "a discarded artifact")
        },
        Self("many are committed at once, large and small, one of them twice") { store in
            var staged: [any StagedArtifact] = []
            var expected: [(ArtifactDescription, ByteBuffer)] = []
            for index in 0..<300 {
                let content = bytes(index % 10 == 0 ? 70_000 + index : index, seed: UInt8(truncatingIfNeeded: index))
                let artifact = try await store.stage([])
                try await artifact.write(content)
                expected.append((try await artifact.finish(), content))
                staged.append(artifact)
                if index == 50 {
                    let again = try await store.stage([])
                    try await again.write(content)
                    _ = try await again.finish()
                    staged.append(again)
                }
            }
            try await store.commit(staged)
            for (description, content) in expected {
                try expect(try await whole(description, in: store) == content, "artifact \(description.sha256)")
            }
        },
        Self("a commit of what is there already replaces it by the same bytes") { store in
            let (first, description) = try await add(90_000, to: store)
            let (_, again) = try await add(90_000, to: store)
            try expect(description == again, "the description")
            try expect(try await whole(description, in: store) == first, "the bytes")
        },
        Self("a part of a stored artifact can be read; a part beyond its end cannot") { store in
            let (content, description) = try await add(600_000, to: store)
            var part = ByteBuffer()
            for try await chunk in try await store.read(description.sha256, 100_000..<500_000) {
                try expect(chunk.readableBytes <= 256 << 10, "the size of a chunk")
                part.writeImmutableBuffer(chunk)
            }
            try expect(part == content.getSlice(at: 100_000, length: 400_000), "the part")
            for try await _ in try await store.read(description.sha256, 10..<10) { throw ConformanceFailure("an empty range has bytes") }
            try await expectError("a part beyond the end") {
                for try await _ in try await store.read(description.sha256, 599_000..<600_001) {}
            }
        },
        Self("bytes can be read while they arrive, and after the commit") { store in
            for size in [1000, 50_000, 200_000] {
                let staged = try await store.stage([])
                let content = bytes(size, seed: 3)
                try expect(try await staged.read(0..<10).readableBytes == 0, "an empty artifact")
                for start in stride(from: 0, to: size, by: 10_000) {
                    guard let part = content.getSlice(at: start, length: min(10_000, size - start)) else { continue }
                    try await staged.write(part)
                    try expect(
                        try await read(staged, upTo: start + part.readableBytes)
                            == content.getSlice(
                                at: 0, length: start + part.readableBytes), "the first \(start) bytes")
                }
                _ = try await staged.finish()
                try expect(try await read(staged, upTo: size) == content, "the finished artifact")
                try await store.commit([staged])
                try expect(try await read(staged, upTo: size) == content, "the committed artifact")
            }
        },
        Self("an artifact that starts again keeps nothing of what it had") { store in
            for size in [10, 200_000] {
                let staged = try await store.stage([])
                try await staged.write(bytes(size, seed: 1))
                if size > 10 { _ = try await staged.finish() }
                try await staged.restart()
                try expect(try await staged.read(0..<10).readableBytes == 0, "what is left")
                let content = bytes(size + 3, seed: 2)
                try await staged.write(content)
                let description = try await staged.finish()
                try await store.commit([staged])
                try expect(description.size == Int64(size + 3), "the size")
                try expect(try await whole(description, in: store) == content, "the bytes")
                try await expectError("a new start after the commit") { try await staged.restart() }
            }
        },
        Self("a copy of a finished artifact is committed or discarded by itself") { store in
            for size in [10, 200_000] {
                let content = bytes(size, seed: 5)
                let staged = try await store.stage([])
                try await staged.write(content)
                try await expectError("a copy of an unfinished artifact") { _ = try await staged.copy() }
                let description = try await staged.finish()
                let copies = [try await staged.copy(), try await staged.copy(), try await staged.copy()]
                await copies[0].discard()
                try await store.commit([staged])
                try expect(try await copies[1].finish() == description, "the description of a copy")
                try expect(try await read(copies[1], upTo: size) == content, "the bytes of a copy")
                try await store.commit([copies[1]])
                await copies[2].discard()
                try expect(try await whole(description, in: store) == content, "the committed bytes")
            }
        },
        Self("what an artifact is not in the state for is refused") { store in
            let staged = try await store.stage([])
            try await expectError("a commit of an unfinished artifact") { try await store.commit([staged]) }
            _ = try await staged.finish()
            try await expectError("writing to a finished artifact") { try await staged.write(ByteBuffer(string: "x")) }
            try await store.commit([staged])
            try await expectError("a second commit") { try await store.commit([staged]) }
            await staged.discard()
            try expect(try await store.size(of: try await staged.finish().sha256) == 0, "a committed artifact that is discarded")
        },
        Self("deleted artifacts are gone; one that is not there is no error") { store in
            let (_, kept) = try await add(10, to: store)
            let (_, lost) = try await add(20, to: store)
            try await store.delete(lost.sha256)
            try await store.delete(lost.sha256)
            try expect(try await store.size(of: lost.sha256) == nil, "a deleted artifact")
            try expect(try await store.size(of: kept.sha256) == 10, "another artifact")
            let error = try await expectError("reading a deleted artifact") { _ = try await store.read(lost.sha256, 0..<20) }
            try expect((error as? PulpError)?.code == .notFound, "the error's code")
        },
        Self("of the candidates of a deletion, those that are needed stay") { store in
            let (_, kept) = try await add(10, to: store)
            let (_, lost) = try await add(20, to: store)
            try await store.delete([kept.sha256, lost.sha256]) { candidates in Set(candidates).subtracting([lost.sha256]) }
            try expect(try await store.size(of: lost.sha256) == nil, "a deleted artifact")
            try expect(try await store.size(of: kept.sha256) == 10, "an artifact that is needed")
        },
        Self("a deletion spares what commits have not recorded yet") { store in
            let (_, known) = try await add(10, to: store)
            let staged = try await store.stage([])
            try await staged.write(bytes(10, seed: 0))
            _ = try await staged.finish()
            let (committed, recordsNow) = AsyncStream.makeStream(of: Void.self)
            let recorded = Recorded()
            // The bytes are named, their row is not written: in this moment the deletion asks what is needed.
            let commit = Task {
                try await store.commit([staged]) { _ in
                    recordsNow.finish()
                    for _ in 0..<100 { await Task.yield() }
                    await recorded.insert(known.sha256)
                }
            }
            for await _ in committed {}
            try await store.delete([known.sha256]) { candidates in await recorded.all.intersection(candidates) }
            try await commit.value
            try expect(try await store.size(of: known.sha256) == 10, "an artifact that was committed again")
        },
        Self("every artifact is listed with its size") { store in
            var expected: [SHA256Digest: Int64] = [:]
            for size in 1...20 { expected[try await add(size, to: store).1.sha256] = Int64(size) }
            let unfinished = try await store.stage([])
            try await unfinished.write(bytes(100_000, seed: 9))
            let listed = Listed()
            try await store.forEach { digest, size in await listed.insert(digest, size) }
            try expect(await listed.all == expected, "the list")
            await unfinished.discard()
        },
        Self("a sweep leaves alone what is being written") { store in
            let staged = try await store.stage([])
            let content = bytes(100_000, seed: 4)
            try await staged.write(content)
            try await store.sweepStaging(olderThan: .now - .seconds(3600))
            let description = try await staged.finish()
            try await store.commit([staged])
            try expect(try await whole(description, in: store) == content, "the bytes")
        },
    ]

    static func bytes(_ count: Int, seed: UInt8) -> ByteBuffer {
        var buffer = ByteBuffer()
        var state = UInt32(seed) &+ 1
        buffer.writeBytes(
            (0..<count).lazy.map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: state >> 24)
            })
        return buffer
    }

    private static func add(_ size: Int, to store: any ArtifactStore) async throws -> (ByteBuffer, ArtifactDescription) {
        let staged = try await store.stage([])
        var content = bytes(size, seed: 0)
        let whole = content
        while let part = content.readSlice(length: min(40_000, content.readableBytes)), part.readableBytes > 0 {
            try await staged.write(part)
        }
        let description = try await staged.finish()
        try await store.commit([staged])
        return (whole, description)
    }

    private static func whole(_ description: ArtifactDescription, in store: any ArtifactStore) async throws -> ByteBuffer {
        try await store.bytes(of: description.sha256, limit: description.size)
    }

    private static func read(_ staged: any StagedArtifact, upTo end: Int) async throws -> ByteBuffer {
        var whole = ByteBuffer()
        while whole.readableBytes < end {
            let part = try await staged.read(Int64(whole.readableBytes)..<Int64(end))
            guard part.readableBytes > 0 else { break }
            whole.writeImmutableBuffer(part)
        }
        return whole
    }

    static func expect(_ isTrue: Bool, _ what: String) throws {
        guard isTrue else { throw ConformanceFailure("\(what): not as expected") }
    }

    @discardableResult
    static func expectError(_ what: String, _ body: () async throws -> Void) async throws -> any Error {
        do { try await body() } catch { return error }
        throw ConformanceFailure("\(what): no error")
    }
}

private actor Recorded {
    private(set) var all: Set<SHA256Digest> = []
    func insert(_ digest: SHA256Digest) { all.insert(digest) }
}

private actor Listed {
    private(set) var all: [SHA256Digest: Int64] = [:]
    func insert(_ digest: SHA256Digest, _ size: Int64) { all[digest] = size }
}
