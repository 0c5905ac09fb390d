/// The chunks of unfinished uploads.
extension IntegrityCheck {
    func checkUploads(_ found: @Sendable (Violation) -> Void) async throws {
        try await checkChunks(found)
        try await StrayChunks(database: database, chunks: store.chunks).forEachBatch { strays in
            for chunk in strays {
                // Whoever has just ended the upload may be removing its chunks.
                if try await store.chunks.size(of: chunk) != nil { found(.chunkWithoutUpload(chunk)) }
            }
        }
    }

    private func checkChunks(_ found: @Sendable (Violation) -> Void) async throws {
        var (last, done): ((upload: Int64, offset: Int64), Int) = ((0, -1), 0)
        while true {
            try Task.checkCancellation()
            let after = last
            let page = try await database.read { db in try Self.chunks(after: after.upload, after.offset, in: db) }
            guard let end = page.last else { return }
            last = (end.upload, end.chunk.offset)
            var damaged: [(row: ChunkRow, found: Int64?)] = []
            for row in page {
                let size = try await store.chunks.size(of: row.chunk.name)
                if size != row.chunk.size { damaged.append((row, size)) }
            }
            // The upload may have ended since, or another chunk have taken the place.
            let rows = try await withRow(damaged.map(\.row.chunk.name.uuid))
            for (row, size) in damaged where rows.contains(row.chunk.name.uuid) {
                found(.damagedChunk(row.id, offset: row.chunk.offset, expected: row.chunk.size, found: size))
            }
            done += page.count
            await progress.report("fsck.uploads", "Check uploads", done: done)
        }
    }

    private struct ChunkRow: Sendable {
        let upload: Int64
        let id: ID<Upload>
        let chunk: Upload.Chunk
    }

    private static func chunks(after upload: Int64, _ offset: Int64, in db: any SQLConnection) throws -> [ChunkRow] {
        try db.query(
            """
            SELECT c.upload, u.prn, \(raw: Upload.Chunk.columns) FROM upload_chunk c JOIN upload u ON u.id = c.upload
            WHERE c.upload > \(upload) OR (c.upload = \(upload) AND c.start > \(offset))
            ORDER BY c.upload, c.start LIMIT \(OrphanSweep.batch)
            """
        ).map { row in
            let id = try row.get(1, as: ID<Upload>.self)
            return ChunkRow(upload: try row.get(0), id: id, chunk: try Upload.Chunk(row, of: id))
        }
    }

    private func withRow(_ uuids: [String]) async throws -> Set<String> {
        guard !uuids.isEmpty else { return [] }
        return try await database.read { db in
            Set(try db.query("SELECT uuid FROM upload_chunk WHERE uuid \(in: uuids)").map { try $0.get(0, as: String.self) })
        }
    }
}
