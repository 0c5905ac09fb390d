internal import AsyncHTTPClient
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import PulpCore

/// Reads a range of an object as it is asked for, and goes on where a connection broke off.
actor ObjectReader {
    /// The largest chunk that is handed over.
    private static let chunk = 256 << 10
    /// How often a broken connection is replaced without a byte in between.
    private static let attempts = 5

    private let client: S3Client
    private let key: String
    /// What is read, for messages.
    private let name: String
    private var rest: Range<Int64>
    private var body: HTTPClientResponse.Body.AsyncIterator?
    private var waiting = ByteBuffer()

    init(_ client: S3Client, key: String, name: String, range: Range<Int64>) {
        (self.client, self.key, self.name, rest) = (client, key, name, range)
    }

    /// Asks for the range, so that an object that is not there is noticed before its first byte.
    /// - Throws: ``PulpError`` with `notFound`.
    func open() async throws {
        if rest.isEmpty {
            guard try await client.size(of: key) != nil else { throw missing }
        } else {
            try await ask()
        }
    }

    /// The next chunk; nil at the end of the range.
    /// - Throws: ``PulpError`` with `sizeMismatch` when the object ends before the range does.
    func next() async throws -> ByteBuffer? {
        var attempts = 0
        while !rest.isEmpty || waiting.readableBytes > 0 {
            if let chunk = waiting.readSlice(length: min(waiting.readableBytes, Self.chunk)), chunk.readableBytes > 0 { return chunk }
            do {
                if try await receive() { attempts = 0 }
            } catch {
                try Task.checkCancellation()
                let failure = S3Failure(error, request: "GET \(client.configuration.bucket)/\(key)", host: client.endpoint.origin)
                attempts += 1
                guard RetryPolicy.isWorthwhile(failure.kind), attempts < Self.attempts else { throw failure.error }
                client.logger.debug("reading an artifact goes on with a new request", metadata: ["error": "\(failure.error)"])
                try await ask()
            }
        }
        body = nil
        return nil
    }

    private var missing: PulpError {
        PulpError(.notFound, "the store has no \(name): there is no \(key) in \(client.configuration.bucket)")
    }

    /// - Returns: whether bytes came.
    private func receive() async throws -> Bool {
        var iterator = body
        body = nil
        guard var bytes = try await iterator?.next(isolation: self) else {
            throw S3Failure(corrupt: "the answer ends at byte \(rest.lowerBound), not at \(rest.upperBound)", request: "GET \(key)")
        }
        body = iterator
        let wanted = Int(min(rest.upperBound - rest.lowerBound, Int64(bytes.readableBytes)))
        waiting = bytes.readSlice(length: wanted) ?? ByteBuffer()
        rest = rest.lowerBound + Int64(wanted)..<rest.upperBound
        return wanted > 0
    }

    private func ask() async throws {
        let request = S3Request(method: "GET", key: key, headers: [("range", "bytes=\(rest.lowerBound)-\(rest.upperBound - 1)")])
        let range = rest
        do {
            body = try await Self.answer(to: request, range, name, client).makeAsyncIterator()
        } catch let failure as S3Failure {
            if failure.error.code == .notFound, failure.code != "NoSuchBucket" { throw missing }
            if failure.status == 416 { throw Self.short(name, nil, range) }
            throw failure.error
        }
    }

    private nonisolated static func answer(
        to request: S3Request, _ range: Range<Int64>, _ name: String, _ client: S3Client
    ) async throws -> HTTPClientResponse.Body {
        try await client.send(request) { response in
            try check(response, range, of: name, client.name(of: request))
            return response.body
        }
    }

    /// Whether an answer has the bytes that were asked for, all of them.
    private static func check(_ response: HTTPClientResponse, _ range: Range<Int64>, of name: String, _ request: String) throws {
        let length = response.headers.first(name: "content-length").flatMap { Int64($0) }
        if response.status == .partialContent {
            let label = response.headers.first(name: "content-range") ?? ""
            guard label.hasPrefix("bytes \(range.lowerBound)-") else {
                throw S3Failure(corrupt: "the object store sent another range: \(label)", request: request)
            }
        } else if range.lowerBound > 0 {
            throw S3Failure(corrupt: "the object store does not send ranges", request: request)
        }
        if let length, length < range.upperBound - range.lowerBound { throw Self.short(name, range.lowerBound + length, range) }
    }

    private static func short(_ name: String, _ end: Int64?, _ range: Range<Int64>) -> PulpError {
        let end = end.map { "at byte \($0)" } ?? "before byte \(range.lowerBound)"
        return PulpError(.sizeMismatch, "the \(name) ends \(end), not at \(range.upperBound)")
    }
}
