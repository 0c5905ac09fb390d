import NIOCore
import PulpCore

/// What is known of bytes that a client may get, whole or in parts: enough to decide how to answer.
struct Representation {
    /// Nil while upstream has not said.
    let size: Int64?
    let entity: EntityTag?
    let lastModified: Timestamp?
    let contentType: String
    /// Whether the bytes are an artifact's, which its header fields say.
    let isArtifact: Bool

    init(size: Int64?, entity: EntityTag?, lastModified: Timestamp?, contentType: String, isArtifact: Bool) {
        (self.size, self.entity, self.lastModified) = (size, entity, lastModified)
        (self.contentType, self.isArtifact) = (contentType, isArtifact)
    }

    init(_ artifact: ServedArtifact) {
        self.init(
            size: artifact.size, entity: artifact.entity, lastModified: artifact.lastModified,
            contentType: ContentType.of(artifact.name).description, isArtifact: true)
    }

    /// What to send of a representation.
    enum Selection: Hashable {
        case whole
        case parts([Range<Int64>])
        case notModified
        case preconditionFailed
        case unsatisfiable
    }

    /// Decides by the request's conditions and range, in the order of RFC 9110 §13.2.2.
    func selection(for request: IncomingRequest) -> Selection {
        switch request.preconditions.verdict(entity: entity, lastModified: lastModified) {
        case .notModified: return .notModified
        case .failed: return .preconditionFailed
        case .proceed: break
        }
        // A range is defined for GET alone (§14.2).
        guard let range = request.range, request.method == .get, let size,
            request.preconditions.allowsRange(entity: entity, lastModified: lastModified)
        else { return .whole }
        switch RangeRequest(range, size: size) {
        case .whole: return .whole
        case .parts(let parts): return .parts(parts)
        case .unsatisfiable: return .unsatisfiable
        }
    }

    /// The header fields that all answers about the representation have, and 304 too.
    func validators(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        var lines = Lines(allocator)
        if let entity { lines.add("ETag", "\"\(entity.value)\"") }
        if let lastModified { lines.add("Last-Modified", HTTPDate.format(lastModified)) }
        if isArtifact || entity != nil { lines.add("Cache-Control", "public, max-age=0, must-revalidate") }
        return lines.bytes
    }

    /// The header fields of 200, and of 206 with a single part: all but the length.
    func fields(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        var lines = Lines(allocator)
        lines.add("Content-Type", contentType)
        lines.bytes.writeImmutableBuffer(partFields(allocator))
        return lines.bytes
    }

    /// The header fields of 206 with many parts: each part has its own type.
    func partFields(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        var lines = Lines(allocator)
        lines.bytes.writeImmutableBuffer(validators(allocator))
        if size != nil { lines.add("Accept-Ranges", "bytes") }
        if isArtifact, let size { lines.add("X-PULP-ARTIFACT-SIZE", String(size)) }
        return lines.bytes
    }

    private struct Lines {
        var bytes: ByteBuffer
        init(_ allocator: ByteBufferAllocator) { bytes = allocator.buffer(capacity: 320) }
        mutating func add(_ name: StaticString, _ value: String) {
            bytes.writeStaticString(name)
            bytes.writeStaticString(": ")
            bytes.writeString(value)
            bytes.writeStaticString("\r\n")
        }
    }
}
