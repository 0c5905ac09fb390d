/// Deletes bytes that no row speaks of.
struct BlobDeletion: Sendable {
    let database: any Database
    let store: any ArtifactStore

    /// Deletes the bytes of artifacts whose rows were deleted, unless a row for them was made again.
    func delete(_ digests: [SHA256Digest]) async throws {
        guard !digests.isEmpty else { return }
        try await store.delete(digests) { candidates in try await withRow(candidates) }
    }

    /// Deletes all bytes that no row speaks of, reading the store's whole list in batches.
    /// - Returns: how many blobs were deleted.
    func deleteStrays() async throws -> Int {
        var count = 0
        try await eachBatchOfStrays { strays in
            try await delete(strays)
            count += strays.count
        }
        return count
    }

    /// Hands over the digests of blobs that have no row, in batches; some may be about to get one.
    func eachBatchOfStrays(_ body: ([SHA256Digest]) async throws -> Void) async throws {
        var batch: [SHA256Digest] = []
        func flush() async throws {
            let known = try await withRow(batch)
            let strays = batch.filter { !known.contains($0) }
            batch = []
            if !strays.isEmpty { try await body(strays) }
        }
        try await store.forEach { digest, _ in
            batch.append(digest)
            if batch.count == OrphanSweep.batch { try await flush() }
        }
        try await flush()
    }

    /// Those of the digests that a row speaks of.
    func withRow(_ digests: [SHA256Digest]) async throws -> Set<SHA256Digest> {
        guard !digests.isEmpty else { return [] }
        return try await database.read { db in
            Set(try db.query("SELECT sha256 FROM artifact WHERE sha256 \(in: digests)").map { try $0.get(0, as: SHA256Digest.self) })
        }
    }
}
