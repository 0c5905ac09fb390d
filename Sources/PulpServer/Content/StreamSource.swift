import NIOCore
import PulpCore

/// Bytes that are read piece by piece, off the event loop.
enum StreamSource: Sendable {
    /// A local file that cannot go by `sendfile`, because TLS encrypts it here.
    case file(OpenFile)
    /// An artifact of a store that has no files.
    case store(any ArtifactStore, SHA256Digest)
    case arriving(any ArrivingArtifact)

    private static let chunk = 256 << 10

    /// Hands over the bytes of a range, in order and without a gap.
    /// - Parameter range: nil stands for all there will be.
    /// - Throws: when there are fewer bytes than the range has.
    func forEachChunk(of range: Range<Int64>?, _ body: (ByteBuffer) async throws -> Void) async throws {
        let range = range ?? 0..<Int64.max
        var offset = range.lowerBound
        switch self {
        case .file(let file):
            while offset < range.upperBound {
                let end = min(range.upperBound, offset + Int64(Self.chunk))
                try await body(file.read(offset..<end, allocator: ByteBufferAllocator()))
                offset = end
            }
        case .store(let store, let digest):
            for try await bytes in try await store.read(digest, range) {
                offset += Int64(bytes.readableBytes)
                try await body(bytes)
            }
            guard offset == range.upperBound else {
                throw PulpError(.sizeMismatch, "the artifact \(digest) ends at \(offset), before \(range.upperBound)")
            }
        case .arriving(let artifact):
            while offset < range.upperBound {
                let limit = Int(min(range.upperBound - offset, Int64(Self.chunk)))
                let bytes = try await artifact.read(from: offset, limit: limit)
                if bytes.readableBytes == 0 { break }
                offset += Int64(bytes.readableBytes)
                try await body(bytes)
            }
            guard offset == range.upperBound || range.upperBound == .max else {
                throw PulpError(.sizeMismatch, "\(artifact.name) ends at \(offset), before \(range.upperBound)")
            }
        }
    }
}

/// Writes a response's bytes to a channel from a task, as fast as the client takes them.
struct StreamWriter {
    let channel: any Channel
    /// Goes out with the first bytes of the body, so that what fails before them can still be answered properly.
    private var head: ByteBuffer?
    private var flushed: EventLoopFuture<Void>?

    init(_ channel: any Channel, head: ByteBuffer) { (self.channel, self.head) = (channel, head) }

    /// Whether anything went out.
    var hasBegun: Bool { head == nil }

    /// Writes bytes as soon as those before them are out: one piece is on its way while the next one is read.
    mutating func write(_ bytes: ByteBuffer, isChunk: Bool = false) async throws {
        var bytes = bytes
        if isChunk { bytes = Self.frame(bytes) }
        if var head {
            head.writeImmutableBuffer(bytes)
            bytes = head
            self.head = nil
        }
        try await flushed?.get()
        flushed = channel.writeAndFlush(bytes)
    }

    /// Waits until all is out.
    mutating func finish() async throws {
        if head != nil { try await write(ByteBuffer()) }
        try await flushed?.get()
    }

    static let lastChunk = ByteBuffer(string: "0\r\n\r\n")

    private static func frame(_ bytes: ByteBuffer) -> ByteBuffer {
        var framed = ByteBuffer()
        framed.reserveCapacity(bytes.readableBytes + 16)
        framed.writeString(String(bytes.readableBytes, radix: 16))
        framed.writeStaticString("\r\n")
        framed.writeImmutableBuffer(bytes)
        framed.writeStaticString("\r\n")
        return framed
    }
}

extension ResponsePlan {
    /// Writes the response, with the body read from a source.
    func write(_ source: StreamSource, to writer: inout StreamWriter) async throws {
        for piece in pieces {
            switch piece {
            case .text(let bytes): try await writer.write(bytes)
            case .slice(let range):
                try await source.forEachChunk(of: range) { try await writer.write($0) }
            case .rest(let isChunked):
                try await source.forEachChunk(of: nil) { try await writer.write($0, isChunk: isChunked) }
                if isChunked { try await writer.write(StreamWriter.lastChunk) }
            }
        }
        try await writer.finish()
    }
}
