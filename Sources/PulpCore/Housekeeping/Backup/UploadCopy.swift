/// Copies the chunks of unfinished uploads from one store to another.
struct UploadCopy: Sendable {
    let uploads: Uploads
    let source: any ChunkStore
    let destination: any ArtifactStore

    /// What there was.
    struct Result: Sendable {
        /// How many chunks the destination has now.
        var count = 0
        /// The chunks that are not in the source as they must be: they were replaced or their upload ended, or they are damaged.
        var missing: [ChunkName] = []
    }

    /// Copies the chunks that the database speaks of; those that are there already stay.
    func run() async throws -> Result {
        var result = Result()
        for upload in try await uploads.list() {
            for chunk in upload.chunks {
                try Task.checkCancellation()
                if try await copy(chunk) { result.count += 1 } else { result.missing.append(chunk.name) }
            }
        }
        return result
    }

    /// - Returns: false when the source does not have these bytes.
    private func copy(_ chunk: Upload.Chunk) async throws -> Bool {
        if try await destination.chunks.size(of: chunk.name) == chunk.size { return true }
        let staged = try await destination.stage([])
        do {
            for try await bytes in try await source.read(chunk.name, size: chunk.size) { try await staged.write(bytes) }
            let isWhole = try await staged.finish().sha256 == chunk.sha256
            if isWhole { try await destination.chunks.put(staged, as: chunk.name) } else { await staged.discard() }
            return isWhole
        } catch let error as PulpError where error.code == .notFound || error.code == .sizeMismatch {
            await staged.discard()
            return false
        } catch {
            await staged.discard()
            throw error
        }
    }
}
