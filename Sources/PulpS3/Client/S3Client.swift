internal import AsyncHTTPClient
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import PulpCore
internal import Synchronization

/// Sends signed requests to one bucket, and again where that may help.
final class S3Client: Sendable {
    /// The largest error that is read.
    private static let errorLimit = 64 << 10

    let configuration: S3Configuration
    let endpoint: S3Endpoint
    let logger: Logger
    let time: DownloadTime
    private let credentials: CredentialCache
    private let http: HTTPClient
    private let policy: RetryPolicy
    private let hasAnswered = Atomic<Bool>(false)

    /// - Throws: ``PulpError`` when the endpoint or the certificates cannot be used.
    init(_ configuration: S3Configuration, source: CredentialSource, logger: Logger, time: DownloadTime = .system) throws {
        self.configuration = configuration
        (self.logger, self.time) = (logger, time)
        endpoint = try S3Endpoint(configuration)
        policy = RetryPolicy(retries: configuration.retries, firstDelay: .milliseconds(200), longestDelay: .seconds(20))
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let text = configuration.caCertificates { tls.trustRoots = .certificates(try Self.certificates(text)) }
        var settings = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .seconds(60), write: .seconds(60)), decompression: .disabled)
        settings.httpVersion = .http1Only
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        settings.connectionPool.idleTimeout = .seconds(20)
        settings.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        credentials = CredentialCache(source, http: http, now: time.now)
    }

    deinit {
        // Nobody waits for idle connections to close.
        http.shutdown { _ in }
    }

    private static func certificates(_ text: String) throws -> [NIOSSLCertificate] {
        do { return try PEM.certificates(text) } catch {
            throw PulpError(.tls, "the object store's authorities: the text has no valid PEM certificate")
        }
    }

    /// Whether the bucket is known to be there.
    var hasSeenBucket: Bool { hasAnswered.load(ordering: .relaxed) }

    /// What a request is called in messages.
    func name(of request: S3Request) -> String {
        "\(request.method) \(configuration.bucket)\(request.key.map { "/\($0)" } ?? "")"
    }

    /// Sends a request until it is answered well, and lends the answer to a body.
    ///
    /// A body that throws a passing failure has the request sent again.
    /// - Parameter unanswered: told of each attempt that ended without an answer: the store may carry it out later.
    /// - Throws: ``S3Failure``, or `CancellationError`.
    func send<Value>(
        _ request: S3Request, unanswered: UnansweredRequests? = nil, _ body: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        var hasRenewed = false
        for attempt in 1... {
            let failure: S3Failure
            let used = try await credentials.credentials()
            do {
                return try await exchange(request, used, unanswered, body)
            } catch {
                try Task.checkCancellation()
                failure = S3Failure(error, request: name(of: request), host: endpoint.origin)
            }
            if failure.isExpired, !hasRenewed {
                hasRenewed = true
                await credentials.forget(used)
                continue
            }
            guard let delay = policy.delay(after: failure.kind, attempt: attempt, jitter: time.jitter()) else { throw failure }
            logger.debug("a request to the object store is sent again", metadata: ["error": "\(failure.error)", "attempt": "\(attempt)"])
            try await time.sleep(delay)
        }
        preconditionFailure("a loop without an end ended")
    }

    /// Sends a request whose answer is small.
    /// - Parameter limit: the most bytes that the answer may have.
    func collect(
        _ request: S3Request, limit: Int = 8 << 20, unanswered: UnansweredRequests? = nil,
        check: (HTTPHeaders, ByteBuffer) throws -> Void = { _, _ in }
    ) async throws -> (headers: HTTPHeaders, body: ByteBuffer) {
        try await send(request, unanswered: unanswered) { response in
            let bytes = try await response.body.collect(upTo: limit)
            try check(response.headers, bytes)
            return (response.headers, bytes)
        }
    }

    /// A URL with which anybody can send a request for a while.
    func presignedURL(_ request: S3Request, lifetime: Duration) async throws -> String {
        let signature = SignatureV4(credentials: try await credentials.credentials(), region: configuration.region)
        let path = endpoint.path(of: request.key)
        let signed = SignatureV4.Request(
            method: request.method, path: path, query: request.query, headers: [("host", endpoint.host)],
            payloadHash: SignatureV4.unsignedPayload)
        let seconds = Int(min(max(lifetime.components.seconds, 1), 604_800))
        let query = signature.presignedQuery(for: signed, at: time.now(), seconds: seconds)
        return "\(endpoint.origin)\(path)?\(S3URI.query(query))"
    }

    private func exchange<Value>(
        _ request: S3Request, _ credentials: S3Credentials, _ unanswered: UnansweredRequests?,
        _ body: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        let signed = signed(request, credentials)
        let response: HTTPClientResponse
        do { response = try await http.execute(signed, deadline: .distantFuture) } catch {
            unanswered?.note()
            throw error
        }
        if (200..<300).contains(response.status.code) {
            hasAnswered.store(true, ordering: .relaxed)
            return try await body(response)
        }
        // Where the error itself cannot be read, its status must do.
        let bytes = try? await response.body.collect(upTo: Self.errorLimit)
        let failure = S3Failure(
            status: Int(response.status.code), headers: response.headers, body: bytes ?? ByteBuffer(), request: name(of: request),
            now: time.now())
        // What stands before the store has given up waiting for it: that is no answer of the store's.
        if response.status.code >= 500, failure.code.isEmpty { unanswered?.note() }
        throw failure
    }

    private func signed(_ request: S3Request, _ credentials: S3Credentials) -> HTTPClientRequest {
        let date = request.date ?? time.now()
        let path = endpoint.path(of: request.key)
        let payloadHash = request.body?.sha256 ?? SHA256Digest.ofNothing.hex
        var headers = request.headers + [("host", endpoint.host), ("x-amz-date", date.compact), ("x-amz-content-sha256", payloadHash)]
        if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        let authorization = SignatureV4(credentials: credentials, region: configuration.region).authorization(
            for: .init(method: request.method, path: path, query: request.query, headers: headers, payloadHash: payloadHash), at: date)
        let query = S3URI.query(request.query)
        var signed = HTTPClientRequest(url: endpoint.origin + path + (query.isEmpty ? "" : "?\(query)"))
        signed.method = HTTPMethod(rawValue: request.method)
        for (name, value) in headers { signed.headers.add(name: name, value: value) }
        signed.headers.add(name: "authorization", value: authorization)
        switch request.body {
        case .bytes(let bytes): signed.body = .bytes(bytes)
        case .part(let part, _): signed.body = .stream(part, length: .known(part.range.upperBound - part.range.lowerBound))
        case nil: break
        }
        return signed
    }
}

/// Whether some attempt of a request ended without an answer.
final class UnansweredRequests: Sendable {
    private let flag = Atomic<Bool>(false)

    var areAny: Bool { flag.load(ordering: .acquiring) }

    func note() { flag.store(true, ordering: .releasing) }
}
