/// Chunks of uploads that have ended: what a crash, or an object store that was away, has left.
///
/// An upload has its row before its first chunk, so whatever is in the store without one is of no use.
struct StrayChunks: Sendable {
    let database: any Database
    let chunks: any ChunkStore

    /// Removes them.
    /// - Returns: how many there were.
    func delete() async throws -> Int {
        var count = 0
        try await forEachBatch { strays in
            try await chunks.delete(strays)
            count += strays.count
        }
        return count
    }

    /// Calls a body with all of them, in batches.
    func forEachBatch(_ body: ([ChunkName]) async throws -> Void) async throws {
        var batch: [ChunkName] = []
        func flush() async throws {
            let strays = try await withoutUpload(batch)
            batch = []
            if !strays.isEmpty { try await body(strays) }
        }
        try await chunks.forEach { chunk in
            batch.append(chunk)
            if batch.count == OrphanSweep.batch { try await flush() }
        }
        try await flush()
    }

    private func withoutUpload(_ batch: [ChunkName]) async throws -> [ChunkName] {
        guard !batch.isEmpty else { return [] }
        let names = Set(batch.map { "prn:core.upload:\($0.upload)" })
        let known = try await database.read { db in
            Set(try db.query("SELECT prn FROM upload WHERE prn \(in: names)").map { try $0.get(0, as: String.self) })
        }
        return batch.filter { !known.contains("prn:core.upload:\($0.upload)") }
    }
}
