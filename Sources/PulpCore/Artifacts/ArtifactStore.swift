public import NIOCore

/// Where artifact bytes live, under their digests, so that a stored object never changes.
///
/// ``LocalArtifactStore`` conforms, and `S3ArtifactStore` of `PulpS3`. Every store passes the conformance suite of `PulpTesting`.
public protocol ArtifactStore: Sendable {
    /// Where chunks of uploads lie until they are put together to an artifact of this store.
    var chunks: any ChunkStore { get }

    /// Opens a place for bytes whose digest is not known yet. Discarded, with its bytes, unless it is committed.
    /// - Parameter algorithms: the digests to compute while the bytes arrive; SHA-256 is always among them.
    func stage(_ algorithms: Set<DigestAlgorithm>) async throws -> any StagedArtifact

    /// Gives staged artifacts their names, and runs `record`, which writes the rows that speak of them.
    ///
    /// Afterwards each can be read under its digest, and survives a power cut; so it does already when `record` begins. Until
    /// `record` has returned, no orphan cleanup deletes any of them; a row that is written later may find its bytes gone. An
    /// artifact that is there already is replaced by the same bytes, which repairs it. On an error, what has its name is
    /// whole, nothing else is to be seen, and what was not named can be committed again.
    ///
    /// Durability is paid once for all of them (`syncfs(2)` in ``LocalArtifactStore``).
    /// - Parameter record: hands its permit to ``SQLConnection/insertArtifacts(_:under:at:)``. It runs again when that refused the
    ///   permit, since this process stood still for so long that another one took it for dead.
    /// - Precondition: each is finished, by this store. `record` commits and deletes nothing in the store.
    func commit<Value: Sendable>(
        _ staged: [any StagedArtifact], then record: @Sendable (CommitPermit) async throws -> Value
    ) async throws -> Value

    /// The size of an artifact in bytes; nil when the store does not have it.
    func size(of digest: SHA256Digest) async throws -> Int64?

    /// The sizes of those of the artifacts that the store has.
    func sizes(of digests: [SHA256Digest]) async throws -> [SHA256Digest: Int64]

    /// Reads a part of an artifact, in chunks of at most 256 KiB.
    /// - Throws: ``PulpError`` with `notFound` when the store does not have it; the stream throws `sizeMismatch` when it ends
    ///   before the range does.
    func read(_ digest: SHA256Digest, _ range: Range<Int64>) async throws -> AsyncThrowingStream<ByteBuffer, any Error>

    /// The artifact as a file of this machine, for `sendfile`; nil when the store has no files.
    func localPath(of digest: SHA256Digest) -> String?

    /// Where a client can fetch an artifact itself, for a while; nil when it must get the bytes from here.
    func url(of digest: SHA256Digest, for request: DirectRequest) async throws -> String?

    /// Removes an artifact, whatever speaks of it: a damaged one. One that is not there is no error.
    func delete(_ digest: SHA256Digest) async throws

    /// Removes artifacts that nothing needs, and holds back commits of them meanwhile.
    ///
    /// A candidate that is being committed in this moment may be left out.
    /// - Parameter needed: says which of the candidates are to stay. It runs when no commit of these is between its bytes and its
    ///   rows, so what it reads in the database is the whole truth. It must not commit to the store.
    func delete(
        _ candidates: [SHA256Digest], unless needed: @Sendable ([SHA256Digest]) async throws -> Set<SHA256Digest>
    ) async throws

    /// Removes what crashes left in the staging area and what nobody has written to since the given moment.
    /// - Returns: how many unfinished artifacts were removed.
    @discardableResult
    func sweepStaging(olderThan moment: Timestamp) async throws -> Int

    /// What crashes left in the staging area, named for a report.
    func abandonedFiles() async throws -> [String]

    /// Calls a body with the digest and size of every artifact that the store holds, in no order.
    func forEach(_ body: (SHA256Digest, Int64) async throws -> Void) async throws
}

extension ArtifactStore {
    /// Gives staged artifacts their names when no row will speak of them, or when no orphan cleanup can run.
    public func commit(_ staged: [any StagedArtifact]) async throws {
        try await commit(staged) { _ in }
    }

    /// None: clients get the bytes from here.
    public func url(of digest: SHA256Digest, for request: DirectRequest) async throws -> String? { nil }

    /// Asks for one size after the other.
    public func sizes(of digests: [SHA256Digest]) async throws -> [SHA256Digest: Int64] {
        var sizes: [SHA256Digest: Int64] = [:]
        for digest in digests { sizes[digest] = try await size(of: digest) }
        return sizes
    }

    /// The whole of an artifact, for small ones.
    /// - Throws: ``PulpError`` with `sizeMismatch` when it is larger than `limit` bytes.
    public func bytes(of digest: SHA256Digest, limit: Int64) async throws -> ByteBuffer {
        guard let size = try await size(of: digest) else {
            throw PulpError(.notFound, "the store has no artifact \(digest)")
        }
        guard size <= limit else {
            throw PulpError(.sizeMismatch, "the artifact \(digest) has \(size) bytes, more than \(limit)")
        }
        var whole = ByteBuffer()
        for try await chunk in try await read(digest, 0..<size) { whole.writeImmutableBuffer(chunk) }
        return whole
    }
}

/// Bytes on their way into an ``ArtifactStore``; one task at a time writes.
public protocol StagedArtifact: AnyObject, Sendable {
    /// Appends bytes.
    func write(_ bytes: ByteBuffer) async throws

    /// Ends writing.
    /// - Returns: the size and digests of all that was written. Calling it again returns the same.
    func finish() async throws -> ArtifactDescription

    /// Reads what is there of a range: what was written so far while more may come, at most 256 KiB; empty when there is
    /// nothing yet. For clients that wait for the same bytes. Goes on working after a commit.
    func read(_ range: Range<Int64>) async throws -> ByteBuffer

    /// Throws away what was written, digests included, and starts again at zero: what came was not what was promised, or its
    /// source changed. Possible until a commit, after ``finish()`` too.
    /// - Throws: when bytes were handed to a reader that cannot take them back; whoever fills the artifact then gives up.
    func restart() async throws

    /// A second one of the same finished bytes, to be committed or discarded by itself; the bytes are not read or written again.
    /// - Precondition: this one is finished, and neither committed nor discarded.
    func copy() async throws -> any StagedArtifact

    /// Throws the bytes away. Does nothing after a commit.
    func discard() async
}

/// What is known of an artifact's bytes.
public struct ArtifactDescription: Hashable, Sendable {
    /// How many there are.
    public let size: Int64
    /// Their digests, SHA-256 among them.
    public let digests: Digests
    /// The name that they have in a store.
    public let sha256: SHA256Digest

    /// - Precondition: the digests include SHA-256.
    public init(size: Int64, digests: Digests) {
        guard let sha256 = digests.sha256 else { preconditionFailure("an artifact without a SHA-256 digest") }
        (self.size, self.digests, self.sha256) = (size, digests, sha256)
    }

    /// Compares with what somebody claimed of the bytes.
    /// - Parameter name: what to call them in the message: a path, a URL.
    /// - Throws: ``PulpError`` with `sizeMismatch` or `digestMismatch`.
    public func verify(size claimedSize: Int64?, digests claimed: Digests, of name: String) throws(PulpError) {
        if let claimedSize, claimedSize != size {
            throw PulpError(.sizeMismatch, "\(name): expected \(claimedSize) bytes, got \(size)")
        }
        if let algorithm = digests.mismatch(with: claimed) {
            throw PulpError(
                .digestMismatch,
                "\(name): expected \(algorithm.rawValue) \(claimed[algorithm] ?? ""), got \(digests[algorithm] ?? "")")
        }
    }
}

/// What a client that is sent to the object store will ask there.
public struct DirectRequest: Sendable, Hashable {
    /// Whether it asks for the head alone.
    public var isHead: Bool
    /// The name under which it asked here.
    public var filename: String
    /// What the store is to answer as `Content-Type`.
    public var contentType: String

    /// A request for an artifact under a name.
    public init(isHead: Bool, filename: String, contentType: String) {
        (self.isHead, self.filename, self.contentType) = (isHead, filename, contentType)
    }
}
