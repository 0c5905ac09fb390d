internal import Glibc
public import NIOCore

/// Takes files in chunks.
///
/// Chunks are files of the data folder, `upload/<uuid>/<offset>-<sha256>`; which of them count, the rows say. No chunk is ever
/// whole in memory.
public struct Uploads: Sendable {
    /// The largest file.
    static let maximumSize: Int64 = 1 << 50

    let database: any Database
    let artifacts: Artifacts
    let folder: String

    /// Begins an upload.
    /// - Throws: ``PulpError`` with `invalid` for an impossible size.
    public func create(size: Int64) async throws -> Upload {
        guard (0...Self.maximumSize).contains(size) else { throw PulpError(.invalid, "a file cannot have \(size) bytes") }
        let id = ID<Upload>(prn: "prn:core.upload:\(UUIDv7.make())")
        return try await database.write { db in
            let now = Timestamp.now
            try db.execute("INSERT INTO upload (prn, size, created, updated) VALUES (\(id), \(size), \(now), \(now))")
            return try Upload.find(id, in: db)
        }
    }

    /// - Throws: ``PulpError`` with `notFound`.
    public func find(_ id: ID<Upload>) async throws -> Upload {
        try await database.read { try Upload.find(id, in: $0) }
    }

    /// Uploads that are not committed, in the order that they began.
    public func list(limit: Int = .max, offset: Int = 0) async throws -> [Upload] {
        try await database.read { db in
            try db.query("SELECT prn FROM upload ORDER BY id LIMIT \(limit) OFFSET \(offset)")
                .map { try Upload.find(try $0.get(0), in: db) }
        }
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
        let name = "the chunk \(range.lowerBound)-\(range.upperBound - 1) of \(id)"
        let threads = BlockingThreads(count: 1)
        let (folder, home) = (folder, folder(of: id))
        let temporary = "\(home)/.\(UUIDv7.make())"
        do {
            let file = try await threads.run {
                try makeDirectory(folder)
                try makeDirectory(home)
                return try FileDescriptor(temporary, O_WRONLY | O_CREAT | O_EXCL)
            }
            let digest = try await Self.fill(file, with: bytes, count: range.upperBound - range.lowerBound, named: name, on: threads)
            if let sha256, sha256 != digest {
                throw PulpError(.digestMismatch, "\(name): expected sha256 \(sha256), got \(digest)")
            }
            let path = self.path(of: range.lowerBound, digest, in: id)
            try await threads.run {
                try file.synchronize()
                guard rename(temporary, path) == 0 else { throw PulpError(errno: errno, "rename", temporary) }
            }
            let (upload, replaced) = try await database.write { db in try Self.record(range, digest, in: id, db) }
            if let replaced {
                let old = self.path(of: range.lowerBound, replaced, in: id)
                await threads.finish { unlink(old) }
            }
            return upload
        } catch {
            await threads.finish { unlink(temporary) }
            throw error
        }
    }

    /// Ends an upload: puts the chunks together, verifies the whole, and makes it an artifact.
    /// - Throws: ``PulpError`` with `invalid` that names the first gap, with `digestMismatch`, or with `notFound` when the
    ///   upload was committed already. On an error the upload stays.
    public func commit(_ id: ID<Upload>, sha256: SHA256Digest) async throws -> Artifact {
        let upload = try await find(id)
        if let gap = upload.firstGap {
            throw PulpError(.invalid, "\(id): the bytes \(gap.lowerBound)-\(gap.upperBound - 1) are missing")
        }
        let paths = upload.chunks.map { path(of: $0.offset, $0.sha256, in: id) }
        let artifact = try await artifacts.add(
            Concatenation(paths: paths), named: "\(id)", size: upload.size, digests: [.sha256: sha256.hex]
        ) { db, artifact in
            guard try Upload.find(id, in: db).chunks == upload.chunks else {
                throw PulpError(.conflict, "\(id) was changed while it was committed")
            }
            try db.execute("DELETE FROM upload WHERE id = \(upload.key)")
            return artifact
        }
        await removeFolder(of: id)
        return artifact
    }

    /// Gives an upload up.
    /// - Throws: ``PulpError`` with `notFound`.
    public func delete(_ id: ID<Upload>) async throws {
        guard try await database.write({ try $0.execute("DELETE FROM upload WHERE prn = \(id)") }) == 1 else {
            throw PulpError(.notFound, "there is no upload \(id)")
        }
        await removeFolder(of: id)
    }

    /// Removes uploads to which no chunk came since a moment, and chunks that belong to none.
    /// - Returns: how many uploads were removed.
    public func sweep(olderThan moment: Timestamp) async throws -> Int {
        // Folders first: a folder is made after its row, so one that has no row now is a leftover.
        let folders = (try? namesInDirectory(folder)) ?? []  // No upload was ever made: there is no folder.
        let expired = try await database.write { db in
            try db.query("DELETE FROM upload WHERE updated <= \(moment) RETURNING prn").map { ID<Upload>(prn: try $0.get(0)) }
        }
        let ids = folders.map { "prn:core.upload:\($0)" }
        let kept = try await database.read { db in
            Set(try db.query("SELECT prn FROM upload WHERE prn \(in: ids)").map { try $0.get(0, as: String.self) })
        }
        for id in Set(expired).union(ids.filter { !kept.contains($0) }.map { ID<Upload>(prn: $0) }) { await removeFolder(of: id) }
        return expired.count
    }

    static func fill<Chunks: AsyncSequence & Sendable>(
        _ file: FileDescriptor, with bytes: Chunks, count: Int64, named name: String, on threads: BlockingThreads
    ) async throws -> SHA256Digest where Chunks.Element == ByteBuffer {
        let hasher = DigestHasher([.sha256])
        for try await part in bytes {
            let offset = hasher.count
            guard offset + Int64(part.readableBytes) <= count else {
                throw PulpError(.sizeMismatch, "\(name): more than \(count) bytes")
            }
            try await threads.run { try part.withUnsafeReadableBytes { try file.write($0, at: offset) } }
            part.withUnsafeReadableBytes { hasher.update($0) }
        }
        guard hasher.count == count else { throw PulpError(.sizeMismatch, "\(name): \(hasher.count) bytes, not \(count)") }
        let size = hasher.count
        return ArtifactDescription(size: size, digests: hasher.finish()).sha256
    }

    /// - Returns: the upload with the chunk, and the digest of the chunk that it took the place of.
    private static func record(
        _ range: Range<Int64>, _ digest: SHA256Digest, in id: ID<Upload>, _ db: any SQLConnection
    ) throws -> (Upload, SHA256Digest?) {
        try db.lock("upload:\(id)")
        let upload = try Upload.find(id, in: db)
        try upload.admit(range)
        try db.execute(
            """
            INSERT INTO upload_chunk (upload, start, size, sha256)
            VALUES (\(upload.key), \(range.lowerBound), \(range.upperBound - range.lowerBound), \(digest))
            ON CONFLICT (upload, start) DO UPDATE SET size = excluded.size, sha256 = excluded.sha256
            """)
        try db.execute("UPDATE upload SET updated = \(Timestamp.now) WHERE id = \(upload.key)")
        let replaced = upload.chunks.first { $0.offset == range.lowerBound && $0.sha256 != digest }
        return (try Upload.find(id, in: db), replaced?.sha256)
    }

    func folder(of id: ID<Upload>) -> String { "\(folder)/\(id.uuid)" }

    func path(of offset: Int64, _ digest: SHA256Digest, in id: ID<Upload>) -> String {
        "\(folder(of: id))/\(offset)-\(digest)"
    }

    func removeFolder(of id: ID<Upload>) async {
        let home = folder(of: id)
        await BlockingThreads(count: 1).finish {
            // What cannot be removed now, the next sweep finds.
            for name in (try? namesInDirectory(home)) ?? [] { unlink("\(home)/\(name)") }
            rmdir(home)
        }
    }
}

/// Files, one after the other, as one sequence of bytes.
private struct Concatenation: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    let paths: [String]

    func makeAsyncIterator() -> Iterator { Iterator(rest: paths[...]) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<String>
        var current: FileChunks.Iterator?

        mutating func next() async throws -> ByteBuffer? {
            while true {
                if let chunk = try await current?.next() { return chunk }
                guard let path = rest.popFirst() else { return nil }
                current = try FileChunks(path).makeAsyncIterator()
            }
        }
    }
}

extension Pulp {
    /// Takes files in chunks.
    public var uploads: Uploads {
        Uploads(database: database, artifacts: artifacts, folder: settings.dataDirectory + "/upload")
    }
}
