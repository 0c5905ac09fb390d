public import NIOCore

/// What a client asked of the content server, before any HTTP: only GET and HEAD come this far.
public struct ContentRequest: Sendable, Hashable {
    /// The path below the content path prefix, percent-decoded, as it came otherwise; may end in a slash.
    public var path: String
    /// A request for a path, as it came.
    public init(path: String) { self.path = path }

    /// Bytes make paths equal: `String` would take two Unicode spellings of one letter for the same, and so two files.
    public static func == (left: Self, right: Self) -> Bool { left.path.utf8.elementsEqual(right.path.utf8) }

    /// Hashes the bytes, as they make paths equal.
    public func hash(into hasher: inout Hasher) {
        var path = path
        path.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// What to send: ``Serving`` decides, a server sends.
public enum Answer: Sendable {
    /// An artifact that the store has.
    case artifact(ServedArtifact)
    /// Bytes made for the occasion: a listing, a generated file.
    case bytes(ByteBuffer, contentType: String, entity: EntityTag?)
    /// An artifact that is on its way from upstream; every client that asks for it shares one fetch.
    case arriving(any ArrivingArtifact)
    /// A permanent redirect, to a path below the content path prefix.
    case redirect(path: String)
    /// A content guard does not let the client in.
    case forbidden(reason: String)
    case notFound(reason: String?)
    /// The upstream failed, or the database is away.
    case unavailable(reason: String, retryAfter: Duration?)
}

/// An artifact, as it is served under some path.
public struct ServedArtifact: Sendable, Hashable {
    /// The digest of the bytes, by which the store has them.
    public let sha256: SHA256Digest
    /// In bytes.
    public let size: Int64
    /// The last segment of the path: decides the content type.
    public let name: String
    /// When the content came to the repository, or the publication was made.
    public let lastModified: Timestamp
    /// The artifact's file on this machine; nil when the store has no files.
    public let localPath: String?

    /// An artifact under a name; nothing checks that the store has it.
    public init(sha256: SHA256Digest, size: Int64, name: String, lastModified: Timestamp, localPath: String?) {
        (self.sha256, self.size, self.name) = (sha256, size, name)
        (self.lastModified, self.localPath) = (lastModified, localPath)
    }

    /// The entity tag: the digest, as the bytes under it never change.
    public var entity: EntityTag { EntityTag(sha256.hex) }
}

/// A strong entity tag, without its quotes (RFC 9110 §8.8.3).
public struct EntityTag: Sendable, Hashable {
    /// What stands between the quotes.
    public let value: String
    /// A tag; nothing checks its characters.
    public init(_ value: String) { self.value = value }
}

/// An artifact on its way from upstream, whose bytes can be read as they arrive.
public protocol ArrivingArtifact: Sendable {
    /// The last segment of the path.
    var name: String { get }
    /// The size in bytes, where the catalogue or upstream says it.
    ///
    /// Waits for upstream's answer.
    /// - Throws: why upstream cannot give the artifact, before any byte was sent.
    func size() async throws -> Int64?
    /// The digest that the catalogue promises, for an entity tag.
    var sha256: SHA256Digest? { get }
    /// When the content came to the repository, or the publication was made.
    var lastModified: Timestamp { get }
    /// Reads bytes from an offset: waits until there are some, and returns at most `limit`; empty at the verified end.
    ///
    /// The last bytes are handed over only after the whole was verified, so a mismatch never ends in a complete answer.
    /// - Throws: when the fetch failed or the bytes are not what was promised; close the connection then.
    func read(from offset: Int64, limit: Int) async throws -> ByteBuffer
    /// Says that this client reads no more.
    ///
    /// A fetch goes on when its result is kept, and ends when nobody wants it.
    func leave()
}
