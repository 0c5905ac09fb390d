import NIOCore
import PulpCore

/// An artifact, ready to be sent: its open file or its bytes, and those of its header fields that never change.
final class PreparedArtifact {
    enum Body {
        /// The whole of a small artifact.
        case bytes(ByteBuffer)
        case file(OpenFile)
    }

    let body: Body
    /// `Content-Type`, `ETag`, `Last-Modified` and their like; without `Content-Length`.
    let fields: ByteBuffer
    /// When to look at the file again: it may have been repaired, which gives it a new inode, or deleted.
    let expires: NIODeadline
    /// The whole response to a plain GET on a connection that stays open, as of some second.
    var complete: (second: Int64, bytes: ByteBuffer)?

    init(body: Body, fields: ByteBuffer, expires: NIODeadline) {
        (self.body, self.fields, self.expires) = (body, fields, expires)
    }

    /// Artifacts up to this size are kept in memory and sent together with their head.
    static let smallSize: Int64 = 64 << 10
}

/// Prepared artifacts by what is served, which belong to one event loop.
struct PreparedArtifacts {
    /// The digest alone is hashed: it tells almost all of them apart.
    private struct Key: Hashable {
        let artifact: ServedArtifact
        func hash(into hasher: inout Hasher) { hasher.combine(artifact.sha256.hex) }
    }

    private var small: LRUCache<Key, PreparedArtifact>
    private var open: LRUCache<Key, PreparedArtifact>
    private let lifetime: TimeAmount = .seconds(30)

    init(memory: Int, files: Int) {
        (small, open) = (LRUCache(capacity: memory), LRUCache(capacity: files))
    }

    /// Opens, and reads when it is small, what was not opened lately.
    /// - Throws: ``PulpError`` when the file is not there or has the wrong size.
    mutating func prepare(
        _ artifact: ServedArtifact, at path: String, allocator: ByteBufferAllocator
    ) throws -> PreparedArtifact {
        let key = Key(artifact: artifact)
        let isSmall = artifact.size <= PreparedArtifact.smallSize
        let now = NIODeadline.now()
        if let known = isSmall ? small.value(for: key) : open.value(for: key), known.expires > now { return known }
        let file = try OpenFile(path: path, size: artifact.size)
        let prepared = PreparedArtifact(
            body: isSmall ? .bytes(try file.read(0..<artifact.size, allocator: allocator)) : .file(file),
            fields: Representation(artifact).fields(allocator), expires: now + lifetime)
        if isSmall {
            // Twice: the response that is kept whole has a copy.
            small.insert(prepared, for: key, cost: Int(artifact.size) * 2 + 2048)
        } else {
            open.insert(prepared, for: key)
        }
        return prepared
    }

    var isEmpty: Bool { small.count + open.count == 0 }

    /// Lets go of what expired.
    mutating func sweep(_ now: NIODeadline) {
        small.removeAll { $0.expires <= now }
        open.removeAll { $0.expires <= now }
    }
}
