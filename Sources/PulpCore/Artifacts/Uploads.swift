public import NIOCore

/// Takes files in chunks.
///
/// Chunks lie in the artifact store's ``ChunkStore``, so each may come by another machine; which of them count, the rows say. No chunk
/// is ever whole in memory.
public struct Uploads: Sendable {
    /// The largest file, in bytes.
    package static let maximumSize: Int64 = 1 << 50

    let database: any Database
    let artifacts: Artifacts
    /// Who is given which roles on an upload.
    var rules = AccessRules(plugins: [])

    private var store: any ChunkStore { artifacts.store.chunks }

    /// Begins an upload.
    /// - Throws: ``PulpError`` with `invalid` for an impossible size.
    public func create(size: Int64) async throws -> Upload {
        guard (0...Self.maximumSize).contains(size) else { throw PulpError(.invalid, "a file cannot have \(size) bytes") }
        let id = ID<Upload>(prn: "prn:core.upload:\(UUIDv7.make())")
        return try await database.write { db in
            let now = Timestamp.now
            try db.execute("INSERT INTO upload (prn, size, created, updated) VALUES (\(id), \(size), \(now), \(now))")
            try rules.didCreate(id.prn, by: TaskOrigin.current?.user, in: db)
            return try Upload.find(id, in: db)
        }
    }

    /// - Throws: ``PulpError`` with `notFound`.
    public func find(_ id: ID<Upload>) async throws -> Upload {
        try await database.read { try Upload.find(id, in: $0) }
    }

    /// Uploads that are not committed, in the order that they began.
    public func list(limit: Int = .max, offset: Int = 0) async throws -> [Upload] {
        try await database.read { try Upload.list(limit: limit, offset: offset, in: $0) }
    }

    /// Takes a chunk, in place of one with the same offset.
    /// - Parameters:
    ///   - range: the part of the file that it is; the bytes must fill it.
    ///   - sha256: what the chunk's digest must be, where the client says so.
    /// - Returns: the upload with the chunk.
    /// - Throws: ``PulpError`` with `invalid`, `sizeMismatch` or `digestMismatch`; the upload is then as it was.
    public func write<Chunks: AsyncSequence & Sendable>(
        _ bytes: Chunks, at range: Range<Int64>, sha256: SHA256Digest? = nil, to id: ID<Upload>
    ) async throws -> Upload where Chunks.Element == ByteBuffer {
        try await find(id).admit(range)
        let staged = try await stage()
        do {
            try await staged.write(contentsOf: bytes, limit: Int64(range.count), named: Self.name(of: range, id))
            return try await write(staged, at: range, sha256: sha256, to: id)
        } catch {
            await staged.discard()
            throw error
        }
    }

    /// A place for the bytes of a chunk, to be given to ``write(_:at:sha256:to:)`` once they are all there.
    public func stage() async throws -> any StagedArtifact { try await artifacts.store.stage([]) }

    /// Takes a chunk that is staged already.
    /// - Parameter staged: from ``stage()``; used up afterwards, unless an error was thrown, and then to be discarded.
    /// - Throws: ``PulpError`` with `invalid`, `sizeMismatch` or `digestMismatch`; the upload is then as it was.
    public func write(
        _ staged: any StagedArtifact, at range: Range<Int64>, sha256: SHA256Digest? = nil, to id: ID<Upload>
    ) async throws -> Upload {
        try await find(id).admit(range)
        let description = try await staged.finish()
        try description.verify(
            size: Int64(range.count), digests: sha256.map { [.sha256: $0.hex] } ?? [:], of: Self.name(of: range, id))
        let chunk = ChunkName(new: id)
        try await store.put(staged, as: chunk)
        do {
            let (upload, replaced) = try await database.write { db in try Self.record(chunk, range, description.sha256, in: id, db) }
            if let replaced { await forget(replaced) }
            return upload
        } catch let error as PulpError {
            // The row was refused. After other errors it may be there: its bytes go with the upload.
            await forget(chunk)
            throw error
        }
    }

    /// Ends an upload: puts the chunks together, verifies the whole, and makes it an artifact.
    /// - Throws: ``PulpError`` with `invalid` that names the first gap, with `digestMismatch`, or with `notFound` when the
    ///   upload was committed already. On an error the upload stays.
    public func commit(_ id: ID<Upload>, sha256: SHA256Digest) async throws -> Artifact {
        try await commit(id, sha256: sha256) { _, artifact in artifact }
    }

    /// The same, and runs a body in the transaction that makes the artifact and ends the upload.
    /// - Parameter sha256: what the digest of the whole must be; nil where nobody says.
    func commit<Value: Sendable>(
        _ id: ID<Upload>, sha256: SHA256Digest?, recording record: @escaping @Sendable (any SQLConnection, Artifact) throws -> Value
    ) async throws -> Value {
        let upload = try await find(id)
        if let gap = upload.firstGap {
            throw PulpError(.invalid, "\(id): the bytes \(gap.lowerBound)-\(gap.upperBound - 1) are missing")
        }
        let whole = UploadedBytes(chunks: upload.chunks, store: store)
        let digests: Digests = sha256.map { [.sha256: $0.hex] } ?? [:]
        let value = try await artifacts.add(whole, named: "\(id)", size: upload.size, digests: digests) { db, artifact in
            try db.lock(Self.lock(on: id))
            guard try Upload.find(id, in: db).chunks == upload.chunks else {
                throw PulpError(.conflict, "\(id) was changed while it was committed")
            }
            try db.execute("DELETE FROM upload WHERE id = \(upload.key)")
            try RoleBindings.forget(objects: [id.prn], in: db)
            return try record(db, artifact)
        }
        await forgetChunks(of: id)
        return value
    }

    /// Gives an upload up.
    /// - Throws: ``PulpError`` with `notFound`.
    public func delete(_ id: ID<Upload>) async throws {
        let count = try await database.write { db in
            try db.lock(Self.lock(on: id))
            try RoleBindings.forget(objects: [id.prn], in: db)
            return try db.execute("DELETE FROM upload WHERE prn = \(id)")
        }
        guard count == 1 else { throw PulpError(.notFound, "there is no upload \(id)") }
        await forgetChunks(of: id)
    }

    /// Removes uploads to which no chunk came since a moment, and chunks that belong to none.
    /// - Returns: how many uploads were removed.
    public func sweep(olderThan moment: Timestamp) async throws -> Int {
        let expired = try await database.write { db in
            let ids = try db.query("DELETE FROM upload WHERE updated <= \(moment) RETURNING prn").map { ID<Upload>(prn: try $0.get(0)) }
            try RoleBindings.forget(objects: ids.map(\.prn), in: db)
            return ids
        }
        for id in expired { await forgetChunks(of: id) }
        _ = try await StrayChunks(database: database, chunks: store).delete()
        return expired.count
    }

    /// - Returns: the upload with the chunk, and the chunk that it took the place of.
    private static func record(
        _ chunk: ChunkName, _ range: Range<Int64>, _ digest: SHA256Digest, in id: ID<Upload>, _ db: any SQLConnection
    ) throws -> (Upload, ChunkName?) {
        try db.lock(lock(on: id))
        let upload = try Upload.find(id, in: db)
        try upload.admit(range)
        // First, so that no sweep takes the upload for abandoned meanwhile.
        guard try db.execute("UPDATE upload SET updated = \(Timestamp.now) WHERE id = \(upload.key)") == 1 else {
            throw PulpError(.notFound, "there is no upload \(id)")
        }
        try db.execute(
            """
            INSERT INTO upload_chunk (upload, start, size, sha256, uuid)
            VALUES (\(upload.key), \(range.lowerBound), \(Int64(range.count)), \(digest), \(chunk.uuid))
            ON CONFLICT (upload, start) DO UPDATE SET size = excluded.size, sha256 = excluded.sha256, uuid = excluded.uuid
            """)
        return (try Upload.find(id, in: db), upload.chunks.first { $0.offset == range.lowerBound }?.name)
    }

    private static func lock(on id: ID<Upload>) -> String { "upload:\(id)" }

    private static func name(of range: Range<Int64>, _ id: ID<Upload>) -> String {
        "the chunk \(range.lowerBound)-\(range.upperBound - 1) of \(id)"
    }

    /// Removes bytes that no row speaks of any more.
    private func forget(_ chunk: ChunkName) async {
        // What cannot be removed now goes with the upload.
        try? await store.delete([chunk])
    }

    private func forgetChunks(of id: ID<Upload>) async {
        // What cannot be removed now, the next sweep finds.
        try? await store.delete(upload: id.uuid)
    }
}

extension Pulp {
    /// Takes files in chunks.
    public var uploads: Uploads { Uploads(database: database, artifacts: artifacts, rules: rules) }
}
