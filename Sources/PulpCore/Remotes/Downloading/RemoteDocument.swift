internal import AsyncHTTPClient
public import NIOCore
internal import NIOHTTP1

/// A document as it came from a remote.
public struct RemoteDocument: Sendable, Hashable {
    /// The body as the server sent it, its content encoding included.
    public var bytes: ByteBuffer
    /// The media type that the remote claims, nil for `file` URLs; an error page of a proxy shows itself here.
    public var contentType: String?
    /// Where it came from after all redirects, without its query.
    public var finalURL: String

    /// A document that did not have to be fetched.
    public init(bytes: ByteBuffer, contentType: String? = nil, finalURL: String) {
        (self.bytes, self.contentType, self.finalURL) = (bytes, contentType, finalURL)
    }

    init(_ answer: HTTPSource.Answer, limit: Int, deadline: NIODeadline, _ time: DownloadTime) async throws {
        guard answer.response.status == .ok else { throw answer.refusal(now: time.now()) }
        let name = answer.url.redacted
        self.init(bytes: ByteBuffer(), contentType: answer.response.headers.first(name: "content-type"), finalURL: name)
        if let length = answer.head.contentLength, length > limit { throw Self.tooLarge(name, limit) }
        var watch = SlowBodyWatch(start: time.now())
        do {
            for try await chunk in answer.response.body {
                try take(chunk, limit: limit, name)
                try watch.check(chunk.readableBytes, now: time.now(), deadline: deadline, name)
            }
        } catch {
            try Task.checkCancellation()
            throw answer.failure(error)
        }
        try Task.checkCancellation()
    }

    mutating func take(_ chunk: ByteBuffer, limit: Int, _ name: String) throws {
        guard bytes.readableBytes + chunk.readableBytes <= limit else { throw Self.tooLarge(name, limit) }
        if bytes.readableBytes == 0 { bytes = chunk } else { bytes.writeImmutableBuffer(chunk) }
    }

    private static func tooLarge(_ name: String, _ limit: Int) -> DownloadFailure {
        DownloadFailure(final: PulpError(.sizeMismatch, "\(name): the document is larger than \(limit) bytes"))
    }
}
