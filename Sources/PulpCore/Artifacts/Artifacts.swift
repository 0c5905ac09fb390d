public import NIOCore

/// Adds and finds artifacts.
///
/// ```swift
/// let artifact = try await pulp.artifacts.add(fileAt: "/tmp/a.iso", digests: [.sha256: …])
/// ```
public struct Artifacts: Sendable {
    let database: any Database
    let store: any ArtifactStore
    let allowed: Set<DigestAlgorithm>

    /// - Parameter allowed: the digests to compute and to keep; SHA-256 is always among them.
    init(database: any Database, store: any ArtifactStore, allowed: Set<DigestAlgorithm>) {
        (self.database, self.store, self.allowed) = (database, store, allowed.union([.sha256]))
    }

    /// Adds bytes, or finds the artifact that has them.
    ///
    /// Bytes that were lost or damaged in the store are whole afterwards.
    ///
    /// Nothing is kept of bytes that are not what was claimed; reading stops one byte after the claimed size.
    /// - Parameters:
    ///   - name: what to call the bytes in an error's message.
    ///   - size: their size, as far as somebody claims one.
    ///   - digests: their digests, as far as somebody claims them; all that are allowed must be right.
    /// - Throws: ``PulpError`` with `sizeMismatch`, `digestMismatch`, or `unsupportedDigest` when no claimed digest is allowed.
    public func add<Chunks: AsyncSequence & Sendable>(
        _ chunks: Chunks, named name: String, size: Int64? = nil, digests: Digests = [:]
    ) async throws -> Artifact where Chunks.Element == ByteBuffer {
        try await add(chunks, named: name, size: size, digests: digests) { db, artifact in artifact }
    }

    /// The same, and runs a body in the transaction that makes the row.
    func add<Chunks: AsyncSequence & Sendable, Value: Sendable>(
        _ chunks: Chunks, named name: String, size: Int64?, digests: Digests,
        recording record: @escaping @Sendable (any SQLConnection, Artifact) throws -> Value
    ) async throws -> Value where Chunks.Element == ByteBuffer {
        try digests.checkTrusted(allowed, of: name)
        let staged = try await stage()
        do {
            try await staged.write(contentsOf: chunks, limit: size, named: name)
            return try await add(staged, named: name, size: size, digests: digests, recording: record)
        } catch {
            await staged.discard()
            throw error
        }
    }

    /// A place for bytes of which the claims come later than they do, to be added once they are all there.
    public func stage() async throws -> any StagedArtifact { try await store.stage(allowed) }

    /// Adds bytes that are staged already, or finds the artifact that has them.
    /// - Parameters:
    ///   - staged: from ``stage()``; used up afterwards, unless an error was thrown, and then to be discarded.
    ///   - name: what to call the bytes in an error's message.
    /// - Throws: ``PulpError`` as for bytes that come.
    public func add(
        _ staged: any StagedArtifact, named name: String, size: Int64? = nil, digests: Digests = [:]
    ) async throws -> Artifact {
        try await add(staged, named: name, size: size, digests: digests) { db, artifact in artifact }
    }

    /// The same, and runs a body in the transaction that makes the row.
    public func add<Value: Sendable>(
        _ staged: any StagedArtifact, named name: String, size: Int64?, digests: Digests,
        recording record: @escaping @Sendable (any SQLConnection, Artifact) throws -> Value
    ) async throws -> Value {
        try digests.checkTrusted(allowed, of: name)
        let description = try await staged.finish()
        try description.verify(size: size, digests: digests, of: name)
        return try await store.commit([staged]) { permit in
            try await database.write { db in
                _ = try db.insertArtifacts([description], under: permit, at: .now)
                guard let artifact = try Self.find(description.sha256, in: db) else {
                    throw PulpError(.internal, "the artifact \(description.sha256) vanished while it was stored")
                }
                return try record(db, artifact)
            }
        }
    }

    /// Adds a regular file of this machine, which stays where it is.
    public func add(fileAt path: String, size: Int64? = nil, digests: Digests = [:]) async throws -> Artifact {
        try await add(try FileChunks(path), named: path, size: size, digests: digests)
    }

    /// Adds bytes in memory.
    public func add(
        _ bytes: ByteBuffer, named name: String = "the bytes", size: Int64? = nil, digests: Digests = [:]
    ) async throws -> Artifact {
        try await add(
            AsyncStream { continuation in
                continuation.yield(bytes)
                continuation.finish()
            }, named: name, size: size, digests: digests)
    }

    /// The artifact with a digest; nil when there is none.
    public func find(_ digest: SHA256Digest) async throws -> Artifact? {
        try await database.read { try Self.find(digest, in: $0) }
    }

    /// The artifact with an id; nil when there is none.
    public func find(_ id: ID<Artifact>) async throws -> Artifact? {
        try await database.read { db in
            try db.first("SELECT \(raw: Artifact.columns) FROM artifact WHERE uuid = \(id.uuid)").map(Artifact.init)
        }
    }

    /// The artifact with an id, marked as used, so that orphan cleanup leaves it alone for a while; nil when there is none.
    public func use(_ id: ID<Artifact>) async throws -> Artifact? {
        try await database.write { db in
            let artifact = try db.first("SELECT \(raw: Artifact.columns) FROM artifact WHERE uuid = \(id.uuid)").map(Artifact.init)
            if let artifact { try db.touchArtifacts([artifact.key], at: .now) }
            return artifact
        }
    }

    /// Artifacts in the order that they came.
    /// - Parameter digests: what all of them have.
    public func list(matching digests: Digests = [:], limit: Int = .max, offset: Int = 0) async throws -> [Artifact] {
        let conditions = digests.algorithms.map { "\(raw: $0.rawValue) = \(digests[$0])" as SQL }
        return try await database.read { db in
            try db.query(
                """
                SELECT \(raw: Artifact.columns) FROM artifact WHERE \(sql: (["TRUE"] + conditions).joined(separator: " AND "))
                ORDER BY id LIMIT \(limit) OFFSET \(offset)
                """
            ).map(Artifact.init)
        }
    }

    static func find(_ digest: SHA256Digest, in db: any SQLConnection) throws -> Artifact? {
        try db.first("SELECT \(raw: Artifact.columns) FROM artifact WHERE domain = 1 AND sha256 = \(digest)").map(Artifact.init)
    }
}

extension StagedArtifact {
    /// Appends bytes as they come.
    /// - Throws: ``PulpError`` with `sizeMismatch` as soon as there are more than `limit`.
    func write<Chunks: AsyncSequence & Sendable>(
        contentsOf chunks: Chunks, limit: Int64?, named name: String
    ) async throws where Chunks.Element == ByteBuffer {
        var count: Int64 = 0
        for try await chunk in chunks {
            count += Int64(chunk.readableBytes)
            if let limit, count > limit { throw PulpError(.sizeMismatch, "\(name): more than the expected \(limit) bytes") }
            try await write(chunk)
        }
    }
}

extension Pulp {
    /// Adds and finds artifacts.
    public var artifacts: Artifacts {
        Artifacts(database: database, store: store, allowed: settings.allowedContentChecksums)
    }
}
