/// A file that comes in chunks, in any order; an artifact once it is committed.
public struct Upload: Sendable, Hashable, Identifiable {
    /// The upload's identity; that of its artifact is another.
    public let id: ID<Upload>
    /// The row's key inside the database.
    let key: Int64
    /// The size of the whole file.
    public let size: Int64
    /// When the upload was begun.
    public let created: Timestamp
    /// When the last chunk came.
    public let updated: Timestamp
    /// What is here, by offset; no two overlap.
    public let chunks: [Chunk]

    /// A part of the file that is here.
    public struct Chunk: Sendable, Hashable {
        /// Where the chunk begins in the file, in bytes.
        public let offset: Int64
        /// In bytes.
        public let size: Int64
        /// The digest of the chunk's bytes.
        public let sha256: SHA256Digest

        var end: Int64 { offset + size }
    }

    /// The first part of the file that is not here; nil when all of it is.
    public var firstGap: Range<Int64>? {
        var end: Int64 = 0
        for chunk in chunks {
            if chunk.offset > end { return end..<chunk.offset }
            end = chunk.end
        }
        return end < size ? end..<size : nil
    }

    /// Says whether a chunk may come.
    /// - Throws: ``PulpError`` with `invalid`: it is empty, goes beyond the file, or overlaps another. One with the offset of
    ///   a chunk that is here takes its place.
    func admit(_ range: Range<Int64>) throws(PulpError) {
        guard !range.isEmpty else { throw PulpError(.invalid, "\(id): a chunk has no bytes") }
        guard range.lowerBound >= 0, range.upperBound <= size else {
            throw PulpError(
                .invalid,
                "\(id): the chunk \(range.lowerBound)-\(range.upperBound - 1) goes beyond the \(size) bytes of the file")
        }
        let other = chunks.first { $0.offset != range.lowerBound && $0.offset < range.upperBound && range.lowerBound < $0.end }
        if let other {
            throw PulpError(
                .invalid,
                "\(id): the chunk \(range.lowerBound)-\(range.upperBound - 1) overlaps the chunk \(other.offset)-\(other.end - 1)")
        }
    }

    static func find(_ id: ID<Upload>, in db: any SQLConnection) throws -> Upload {
        let row = try db.first("SELECT id, size, created, updated FROM upload WHERE prn = \(id)")
        guard let row else { throw PulpError(.notFound, "there is no upload \(id)") }
        let key = try row.get(0, as: Int64.self)
        let chunks = try db.query("SELECT start, size, sha256 FROM upload_chunk WHERE upload = \(key) ORDER BY start")
        return Upload(
            id: id, key: key, size: try row.get(1), created: try row.get(2), updated: try row.get(3),
            chunks: try chunks.map { Chunk(offset: try $0.get(0), size: try $0.get(1), sha256: try $0.get(2)) })
    }
}
