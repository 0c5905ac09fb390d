/// A file that comes in chunks, in any order; an artifact once it is committed.
public struct Upload: Sendable, Hashable, Identifiable {
    /// The upload's identity; that of its artifact is another.
    public let id: ID<Upload>
    /// The row's key inside the database.
    package let key: Int64
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
        /// Where the bytes are in the store.
        let name: ChunkName

        var end: Int64 { offset + size }

        static let columns = "c.start, c.size, c.sha256, c.uuid"

        /// Reads a row that has the ``columns``.
        init(_ row: Row, of upload: ID<Upload>) throws {
            (offset, size) = (try row.get("start"), try row.get("size"))
            (sha256, name) = (try row.get("sha256"), ChunkName(upload: upload.uuid, uuid: try row.get("uuid")))
        }
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
        guard let upload = try uploads("WHERE prn = \(id)", in: db).first else {
            throw PulpError(.notFound, "there is no upload \(id)")
        }
        return upload
    }

    /// Uploads with some keys, in no order.
    package static func list(_ keys: [Int64], in db: any SQLConnection) throws -> [Upload] {
        try uploads("WHERE id \(in: keys)", in: db)
    }

    static func list(limit: Int, offset: Int, in db: any SQLConnection) throws -> [Upload] {
        try uploads("ORDER BY id LIMIT \(limit) OFFSET \(offset)", in: db)
    }

    /// - Parameter selection: what stands behind the table's name.
    private static func uploads(_ selection: SQL, in db: any SQLConnection) throws -> [Upload] {
        let rows = try db.query("SELECT id, prn, size, created, updated FROM upload \(sql: selection)")
        guard !rows.isEmpty else { return [] }
        let ids = Dictionary(
            try rows.map { (try $0.get("id", as: Int64.self), try $0.get("prn", as: Upload.ID.self)) },
            uniquingKeysWith: { first, _ in first })
        var chunks: [Int64: [Chunk]] = [:]
        try db.forEach(
            "SELECT c.upload, \(raw: Chunk.columns) FROM upload_chunk c WHERE c.upload \(in: ids.keys) ORDER BY c.upload, c.start"
        ) { row in
            let key = try row.get("upload", as: Int64.self)
            if let id = ids[key] { chunks[key, default: []].append(try Chunk(row, of: id)) }
        }
        return try rows.map { row in
            let key = try row.get("id", as: Int64.self)
            return Upload(
                id: try row.get("prn"), key: key, size: try row.get("size"), created: try row.get("created"),
                updated: try row.get("updated"), chunks: chunks[key] ?? [])
        }
    }
}
