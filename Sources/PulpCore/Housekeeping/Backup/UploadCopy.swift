internal import Glibc
internal import NIOCore

/// Copies the chunks of unfinished uploads from one folder to another.
struct UploadCopy: Sendable {
    let source: Uploads
    let destination: Uploads

    /// What there was.
    struct Result: Sendable {
        /// How many chunks the destination has now.
        var count = 0
        /// The chunks that are not in the source as they must be: they were replaced or their upload ended, or they are damaged.
        var missing: [(upload: ID<Upload>, offset: Int64)] = []
    }

    /// Copies the chunks that the source's database speaks of; those that are there already stay.
    func run() async throws -> Result {
        var result = Result()
        for upload in try await source.list() {
            for chunk in upload.chunks {
                try Task.checkCancellation()
                if try await copy(chunk, of: upload.id) {
                    result.count += 1
                } else {
                    result.missing.append((upload.id, chunk.offset))
                }
            }
        }
        return result
    }

    /// Removes from the destination what belongs to no upload.
    func removeStrays() async throws {
        // Nothing was ever copied where there is no folder.
        let folders = (try? namesInDirectory(destination.folder)) ?? []
        let known = Set(try await source.list().map(\.id.uuid))
        for folder in folders where !known.contains(folder) {
            await destination.removeFolder(of: ID(prn: "prn:core.upload:\(folder)"))
        }
    }

    /// - Returns: false when the source does not have these bytes.
    private func copy(_ chunk: Upload.Chunk, of upload: ID<Upload>) async throws -> Bool {
        let path = destination.path(of: chunk.offset, chunk.sha256, in: upload)
        if let there = try bytes(at: path), there.size == chunk.size { return true }
        let from = source.path(of: chunk.offset, chunk.sha256, in: upload)
        guard let bytes = try bytes(at: from), bytes.size == chunk.size else { return false }
        try makeDirectory(destination.folder)
        let home = destination.folder(of: upload)
        try makeDirectory(home)
        let temporary = "\(home)/.\(UUIDv7.make())"
        defer { unlink(temporary) }
        let file = try FileDescriptor(temporary, O_WRONLY | O_CREAT | O_EXCL)
        let digest = try await Uploads.fill(file, with: bytes, count: chunk.size, named: from, on: BlockingThreads(count: 1))
        guard digest == chunk.sha256 else { return false }
        try file.synchronize()
        guard rename(temporary, path) == 0 else { throw PulpError(errno: errno, "rename", temporary) }
        return true
    }

    private func bytes(at path: String) throws -> FileChunks? {
        do { return try FileChunks(path) } catch let error as PulpError where error.code == .notFound { return nil }
    }
}
