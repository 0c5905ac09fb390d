import NIOCore
import PulpCore

/// What the ``ChunkStore`` of an artifact store must do.
extension ArtifactStoreConformance {
    static let chunkChecks = [
        Self("chunks of every size come back under their name, and are no artifacts") { store in
            for size in [0, 1, 65_536, 65_537, 300_000, 6_000_000] {
                let content = bytes(size, seed: 6)
                let chunk = try await put(content, in: store)
                try expect(try await store.chunks.size(of: chunk) == Int64(size), "the size of a chunk of \(size) bytes")
                try expect(try await whole(chunk, size, in: store) == content, "the bytes of a chunk of \(size) bytes")
            }
            try await store.forEach { digest, _ in throw ConformanceFailure("the chunk \(digest) is listed as an artifact") }
        },
        Self("the same bytes are two chunks under two names") { store in
            let (one, other) = (try await put(bytes(10, seed: 1), in: store), try await put(bytes(10, seed: 1), in: store))
            try await store.chunks.delete([one])
            try expect(try await store.chunks.size(of: one) == nil, "a chunk that was deleted")
            try expect(try await store.chunks.size(of: other) == 10, "another chunk")
        },
        Self("a staged artifact that is a chunk is used up, and discarding it does nothing") { store in
            for size in [10, 200_000] {
                let (staged, chunk) = (try await store.stage([]), name())
                try await staged.write(bytes(size, seed: 2))
                try await expectError("a chunk of an unfinished artifact") { try await store.chunks.put(staged, as: chunk) }
                _ = try await staged.finish()
                try await store.chunks.put(staged, as: chunk)
                try await expectError("a commit of a chunk") { try await store.commit([staged]) }
                await staged.discard()
                try expect(try await store.chunks.size(of: chunk) == Int64(size), "a chunk whose artifact was discarded")
            }
        },
        Self("chunks of one upload go together, and no other's; those that are not there are no error") { store in
            let (ours, other) = (UUIDv7.make(), UUIDv7.make())
            var chunks: [ChunkName] = []
            for size in [10, 70_000, 3] { chunks.append(try await put(bytes(size, seed: 3), of: ours, in: store)) }
            let kept = try await put(bytes(5, seed: 3), of: other, in: store)
            let names = Names()
            try await store.chunks.forEach { await names.insert($0) }
            try expect(await names.all == Set(chunks + [kept]), "the list")
            try await store.chunks.delete([chunks[0], name()])
            try await store.chunks.delete(upload: ours)
            try await store.chunks.delete(upload: ours)
            for chunk in chunks { try expect(try await store.chunks.size(of: chunk) == nil, "a deleted chunk") }
            try expect(try await store.chunks.size(of: kept) == 5, "another upload's chunk")
            let again = try await put(bytes(5, seed: 4), of: ours, in: store)
            try expect(try await store.chunks.size(of: again) == 5, "a chunk that comes after all others were deleted")
        },
        Self("a chunk that is not there, or is too short, is an error") { store in
            let error = try await expectError("reading no chunk") { _ = try await store.chunks.read(name(), size: 10) }
            try expect((error as? PulpError)?.code == .notFound, "the error's code")
            let chunk = try await put(bytes(10, seed: 5), in: store)
            let short = try await expectError("reading beyond the end") {
                for try await _ in try await store.chunks.read(chunk, size: 11) {}
            }
            try expect((short as? PulpError)?.code == .sizeMismatch, "the error's code")
        },
    ]

    private static func name(of upload: String = UUIDv7.make()) -> ChunkName { ChunkName(upload: upload, uuid: UUIDv7.make()) }

    private static func put(_ content: ByteBuffer, of upload: String = UUIDv7.make(), in store: any ArtifactStore) async throws -> ChunkName
    {
        let (staged, chunk) = (try await store.stage([]), name(of: upload))
        try await staged.write(content)
        _ = try await staged.finish()
        try await store.chunks.put(staged, as: chunk)
        return chunk
    }

    private static func whole(_ chunk: ChunkName, _ size: Int, in store: any ArtifactStore) async throws -> ByteBuffer {
        var whole = ByteBuffer()
        for try await bytes in try await store.chunks.read(chunk, size: Int64(size)) {
            try expect(bytes.readableBytes <= 256 << 10, "the size of a piece")
            whole.writeImmutableBuffer(bytes)
        }
        return whole
    }
}

private actor Names {
    private(set) var all: Set<ChunkName> = []
    func insert(_ name: ChunkName) { all.insert(name) }
}
