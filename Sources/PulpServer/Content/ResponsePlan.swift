import NIOCore
import PulpCore

/// A response, decided but not sent: its head, and where each piece of its body comes from.
struct ResponsePlan: Sendable {
    enum Piece: Sendable, Hashable {
        case text(ByteBuffer)
        /// A part of what is represented.
        case slice(Range<Int64>)
        /// All of what is represented, to an end that nobody knows yet.
        case rest(isChunked: Bool)
    }

    let status: ResponseStatus
    let head: ByteBuffer
    var pieces: [Piece] = []
    /// Whether the connection can serve another request afterwards.
    let keepsAlive: Bool

    /// How many bytes of body there are; nil when only the end will tell.
    var length: Int64? {
        pieces.reduce(Optional(0)) { sum, piece in
            switch piece {
            case .text(let bytes): sum.map { $0 + Int64(bytes.readableBytes) }
            case .slice(let range): sum.map { $0 + Int64(range.count) }
            case .rest: nil
            }
        }
    }

    /// Answers with a representation, or with what conditions and ranges make of it.
    init(
        _ representation: Representation, for request: IncomingRequest, date: String, allocator: ByteBufferAllocator
    ) {
        let selection = representation.selection(for: request)
        let hasBody = request.method != .head
        switch selection {
        case .notModified:
            var head = ResponseHead(.notModified, date: date, allocator: allocator)
            head.fields(representation.validators(allocator))
            self.init(.notModified, head, [], keepsAlive: request.keepsAlive)
        case .preconditionFailed:
            self.init(text: .preconditionFailed, for: request, date: date, allocator: allocator)
        case .unsatisfiable:
            let size = representation.size ?? 0
            self.init(text: .rangeNotSatisfiable, for: request, date: date, allocator: allocator) { head in
                head.field("Content-Range", "bytes */\(size)")
            }
        case .whole:
            var head = ResponseHead(.ok, date: date, allocator: allocator)
            head.fields(representation.fields(allocator))
            if let size = representation.size {
                head.field("Content-Length", size)
                self.init(.ok, head, hasBody ? [.slice(0..<size)] : [], keepsAlive: request.keepsAlive)
            } else {
                // Without a length, HTTP/1.0 has nothing but the end of the connection to end a body with.
                if request.allowsChunks { head.field("Transfer-Encoding", "chunked" as StaticString) }
                self.init(
                    .ok, head, hasBody ? [.rest(isChunked: request.allowsChunks)] : [],
                    keepsAlive: request.keepsAlive && request.allowsChunks)
            }
        case .parts(let ranges):
            self.init(ranges, of: representation, for: request, date: date, allocator: allocator)
        }
    }

    private init(
        _ ranges: [Range<Int64>], of representation: Representation, for request: IncomingRequest, date: String,
        allocator: ByteBufferAllocator
    ) {
        let size = representation.size ?? 0
        var head = ResponseHead(.partialContent, date: date, allocator: allocator)
        if ranges.count == 1, let range = ranges.first {
            head.fields(representation.fields(allocator))
            head.field("Content-Range", Multipart.contentRange(range, size))
            head.field("Content-Length", range.count)
            self.init(.partialContent, head, [.slice(range)], keepsAlive: request.keepsAlive)
            return
        }
        let multipart = Multipart(
            ranges, contentType: representation.contentType, size: size, boundary: "pulp-byteranges-3f9a7c52d1e8")
        head.field("Content-Type", "multipart/byteranges; boundary=\(multipart.boundary)")
        head.fields(representation.partFields(allocator))
        head.field("Content-Length", multipart.length)
        let pieces: [Piece] = ranges.flatMap { range in
            [.text(allocator.buffer(string: multipart.header(of: range))), .slice(range)]
        }
        self.init(
            .partialContent, head, pieces + [.text(allocator.buffer(string: multipart.trailer))],
            keepsAlive: request.keepsAlive)
    }

    /// Answers with a line of text, which says the status unless something better is known.
    init(
        text status: ResponseStatus, _ detail: String? = nil, for request: IncomingRequest, date: String,
        allocator: ByteBufferAllocator, fields: (inout ResponseHead) -> Void = { _ in }
    ) {
        var head = ResponseHead(status, date: date, allocator: allocator)
        fields(&head)
        let line = "\(status.rawValue): \(detail ?? status.reason.description)"
        head.field("Content-Type", "text/plain; charset=utf-8" as StaticString)
        head.field("Content-Length", line.utf8.count)
        self.init(
            status, head, request.method == .head ? [] : [.text(allocator.buffer(string: line))],
            keepsAlive: request.keepsAlive)
    }

    private init(_ status: ResponseStatus, _ head: ResponseHead, _ pieces: [Piece], keepsAlive: Bool) {
        var head = head
        head.end(keepsAlive: keepsAlive)
        (self.status, self.head, self.pieces, self.keepsAlive) = (status, head.bytes, pieces, keepsAlive)
    }
}

extension ResponsePlan {
    /// Sends the client to where it can fetch an artifact itself, for a while: nobody is to keep the answer.
    init(
        found url: String, of representation: Representation, for request: IncomingRequest, date: String, allocator: ByteBufferAllocator
    ) {
        self.init(text: .found, for: request, date: date, allocator: allocator) { head in
            head.field("Location", url)
            head.field("Cache-Control", "no-store" as StaticString)
            if let size = representation.size { head.field("X-PULP-ARTIFACT-SIZE", size) }
        }
    }

    /// The answers that have no representation.
    /// - Parameter location: where the content server's paths begin.
    init(
        refusing answer: Answer, for request: IncomingRequest, location: String, date: String, allocator: ByteBufferAllocator
    ) {
        func text(
            _ status: ResponseStatus, _ detail: String?, fields: (inout ResponseHead) -> Void = { _ in }
        ) -> ResponsePlan {
            ResponsePlan(text: status, detail, for: request, date: date, allocator: allocator, fields: fields)
        }
        switch answer {
        case .redirect(let path):
            self = text(.movedPermanently, nil) { head in
                head.field("Location", location + RequestPath.encode(path))
                head.field("Cache-Control", "no-store" as StaticString)
            }
        case .forbidden(let reason):
            // The next client, or the next moment, may be let in.
            self = text(.forbidden, reason) { $0.field("Cache-Control", "no-store" as StaticString) }
        case .notFound(let reason): self = text(.notFound, reason)
        case .unavailable(let reason, let retryAfter):
            // 503 says "try again"; 502 that upstream has no good answer.
            self = text(retryAfter == nil ? .badGateway : .unavailable, reason) { head in
                if let retryAfter { head.field("Retry-After", max(1, retryAfter.components.seconds)) }
            }
        case .artifact, .bytes, .arriving:
            preconditionFailure("an answer with a representation is no refusal")
        }
    }
}
