internal import NIOCore
internal import PulpCore

/// Chunks of uploads as objects: `<prefix><uuid of the upload>/<uuid>`.
struct S3ChunkStore: ChunkStore {
    /// The most that S3 deletes with one request.
    private static let deletionBatch = 1000

    let client: S3Client
    /// With a slash at its end.
    let prefix: String

    func put(_ staged: any StagedArtifact, as chunk: ChunkName) async throws {
        for artifact in try LocalStagedArtifact.all([staged]) {
            let description = try artifact.finished().description
            try await S3ArtifactStore.translating { try await client.put(artifact, description, as: key(of: chunk)) }
        }
    }

    func size(of chunk: ChunkName) async throws -> Int64? {
        try await S3ArtifactStore.translating { try await client.size(of: key(of: chunk)) }
    }

    func read(_ chunk: ChunkName, size: Int64) async throws -> AsyncThrowingStream<ByteBuffer, any Error> {
        let reader = ObjectReader(client, key: key(of: chunk), name: "chunk \(chunk)", range: 0..<size)
        try await S3ArtifactStore.translating { try await reader.open() }
        return AsyncThrowingStream { try await S3ArtifactStore.translating { try await reader.next() } }
    }

    func delete(_ chunks: [ChunkName]) async throws { try await delete(keys: chunks.map(key)) }

    func delete(upload uuid: String) async throws {
        try await forEachPage(below: "\(prefix)\(uuid)/") { try await delete(keys: $0) }
    }

    /// Reads the bucket's list, page by page; keys that are no chunk's are left out.
    func forEach(_ body: (ChunkName) async throws -> Void) async throws {
        try await forEachPage(below: prefix) { keys in
            for key in keys {
                if let chunk = ChunkName(path: key.dropFirst(prefix.count)) { try await body(chunk) }
            }
        }
    }

    private func key(of chunk: ChunkName) -> String { "\(prefix)\(chunk)" }

    private func forEachPage(below prefix: String, _ body: ([String]) async throws -> Void) async throws {
        var token: String?
        repeat {
            let after = token
            let page = try await S3ArtifactStore.translating { try await client.list(prefix: prefix, token: after) }
            try await body(page.objects.map(\.key))
            token = page.next
        } while token != nil
    }

    private func delete(keys: [String]) async throws {
        var rest = keys[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.deletionBatch))
            rest = rest.dropFirst(Self.deletionBatch)
            // A name is given once: what is deleted late takes nothing away that came since.
            try await S3ArtifactStore.translating { try await client.delete(batch, signedAt: nil, unanswered: UnansweredRequests()) }
        }
    }
}
