internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import PulpCore

/// Why one request to an object store failed: what to say, and whether sending it again may help.
struct S3Failure: Error {
    /// The HTTP status; nil when there was no answer.
    let status: Int?
    /// S3's own code, `NoSuchKey`; empty when the answer has none.
    let code: String
    let error: PulpError
    let kind: RetryPolicy.Failure

    /// The store answered with an error.
    /// - Parameters:
    ///   - request: what it was about: `GET bucket/key`.
    ///   - body: the answer's; XML, or anything.
    init(status: Int, headers: HTTPHeaders, body: ByteBuffer, request: String, now: Timestamp) {
        // An answer that is no XML, such as a proxy's page, says nothing more than its status.
        let answer = try? XMLAnswer(body)
        let code = answer?.name == "Error" ? answer?.text(of: "Code") ?? "" : ""
        var message = "\(request): the object store answered \(status)"
        if !code.isEmpty { message += " \(code)" }
        if let text = answer?.text(of: "Message"), !text.isEmpty { message += ": \(text.prefix(500))" }
        if let hint = Self.hint(status, code, headers) { message += " (\(hint))" }
        self.status = status
        self.code = code
        error = PulpError(Self.isMissing(status, code) ? .notFound : .systemState, message)
        kind =
            Self.passing.contains(code)
            ? .status(503, retryAfter: nil)
            : .status(status, retryAfter: headers.first(name: "retry-after").flatMap { RetryPolicy.retryAfter($0, now: now) })
    }

    /// There was no answer, or not a whole one.
    init(_ error: any Error, request: String, host: String) {
        if let failure = error as? S3Failure {
            self = failure
            return
        }
        if let error = error as? PulpError {
            (status, code, kind, self.error) = (nil, "", .final, error)
            return
        }
        let failure = DownloadFailure(error, target: host, proxy: nil)
        (status, code, kind) = (nil, "", failure.kind)
        self.error = PulpError(failure.error.code == .tls ? .tls : .systemState, "\(request): \(failure.error.message)")
    }

    /// The answer is not what was asked for.
    init(corrupt message: String, request: String) {
        (status, code, kind) = (nil, "", .corrupt)
        error = PulpError(.systemState, "\(request): \(message)")
    }

    /// Whether the credentials have ended, so that new ones may do.
    var isExpired: Bool { code == "ExpiredToken" || code == "TokenRefreshRequired" }

    /// Codes that say to come again, whatever the status.
    private static let passing: Set<String> = [
        "SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "ThrottlingException", "Throttling", "OperationAborted",
        "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody",
    ]

    private static func isMissing(_ status: Int, _ code: String) -> Bool {
        code == "NoSuchKey" || code == "NoSuchUpload" || status == 404 && code.isEmpty
    }

    private static func hint(_ status: Int, _ code: String, _ headers: HTTPHeaders) -> String? {
        switch (status, code) {
        case (_, "RequestTimeTooSkewed"): "the clock of this machine differs from the object store's by more than 15 minutes"
        case (_, "SignatureDoesNotMatch"): "the secret key is another, or something on the way changes requests"
        case (_, "InvalidAccessKeyId"): "the store does not know the access key"
        case (_, "NoSuchBucket"): "the bucket must be made before Pulp uses it"
        case (301, _), (400, "AuthorizationHeaderMalformed"), (307, _):
            headers.first(name: "x-amz-bucket-region").map { "the bucket is in the region \($0)" }
                ?? "the region or the endpoint is another"
        case (403, _): "the credentials may not do this, or the clock of this machine is wrong"
        default: nil
        }
    }
}
