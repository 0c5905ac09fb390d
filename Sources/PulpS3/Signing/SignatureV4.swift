internal import COpenSSL
internal import PulpCore

/// Signs requests as S3 wants them signed: AWS Signature Version 4
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html).
///
/// Nothing here asks for the time, sends anything, or keeps anything.
struct SignatureV4: Sendable {
    private static let algorithm = "AWS4-HMAC-SHA256"
    /// The hash that stands for a body which is not signed.
    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    let credentials: S3Credentials
    let region: String

    /// What is signed of a request.
    struct Request: Sendable {
        var method: String
        /// Percent-encoded, see ``S3URI``.
        var path: String
        /// Names and values as they are meant, not encoded.
        var query: [(name: String, value: String)] = []
        /// All of them are signed; `host` must be among them.
        var headers: [(name: String, value: String)]
        /// SHA-256 in hexadecimal digits, or ``SignatureV4/unsignedPayload``.
        var payloadHash: String
    }

    /// The value of a request's `Authorization`.
    ///
    /// The headers must have `x-amz-date` with the same date, `x-amz-content-sha256`, and `x-amz-security-token` for temporary
    /// credentials.
    func authorization(for request: Request, at date: Timestamp) -> String {
        let signature = signature(of: Self.canonical(request), at: date)
        let names = Self.signedHeaders(request)
        return "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope(at: date)),SignedHeaders=\(names),Signature=\(signature)"
    }

    /// The query that lets anybody send a request for a while, signature included, in the order in which it is sent.
    /// - Parameter seconds: how long, from the date; S3 allows a week at most.
    func presignedQuery(for request: Request, at date: Timestamp, seconds: Int) -> [(name: String, value: String)] {
        var signed = request
        signed.query += [
            ("X-Amz-Algorithm", Self.algorithm), ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(at: date))"),
            ("X-Amz-Date", date.compact), ("X-Amz-Expires", String(seconds)), ("X-Amz-SignedHeaders", Self.signedHeaders(request)),
        ]
        if let token = credentials.sessionToken { signed.query.append(("X-Amz-Security-Token", token)) }
        return signed.query + [("X-Amz-Signature", signature(of: Self.canonical(signed), at: date))]
    }

    /// The canonical form of a request: what both sides hash.
    static func canonical(_ request: Request) -> String {
        let headers = request.headers.map { ($0.name.lowercased(), folded($0.value)) }.sorted {
            $0.0.utf8.lexicographicallyPrecedes($1.0.utf8)
        }
        return """
            \(request.method)
            \(request.path)
            \(S3URI.query(request.query))
            \(headers.map { "\($0.0):\($0.1)\n" }.joined())
            \(signedHeaders(request))
            \(request.payloadHash)
            """
    }

    /// What the signing key signs.
    func stringToSign(_ canonical: String, at date: Timestamp) -> String {
        "\(Self.algorithm)\n\(date.compact)\n\(scope(at: date))\n\(SHA256.hex(canonical.utf8))"
    }

    private func signature(of canonical: String, at date: Timestamp) -> String {
        let dayKey = HMACSHA256.code(of: date.day, with: Array("AWS4\(credentials.secretAccessKey)".utf8))
        let serviceKey = HMACSHA256.code(of: "s3", with: HMACSHA256.code(of: region, with: dayKey))
        let key = HMACSHA256.code(of: "aws4_request", with: serviceKey)
        return Hex.string(HMACSHA256.code(of: stringToSign(canonical, at: date), with: key))
    }

    private func scope(at date: Timestamp) -> String { "\(date.day)/\(region)/s3/aws4_request" }

    private static func signedHeaders(_ request: Request) -> String {
        request.headers.map { $0.name.lowercased() }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ";")
    }

    /// Without spaces at the ends, and with one where there are many.
    private static func folded(_ value: String) -> String {
        value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
}

extension Timestamp {
    fileprivate var day: String { String(compact.prefix(8)) }
}

/// A keyed hash (RFC 2104), of OpenSSL.
enum HMACSHA256 {
    static func code(of text: String, with key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        let message = Array(text.utf8)
        guard HMAC(EVP_sha256(), key, CInt(key.count), message, message.count, &code, nil) != nil else {
            preconditionFailure("OpenSSL offers no HMAC")
        }
        return code
    }
}

/// SHA-256 of bytes in memory.
enum SHA256 {
    static func hex(_ bytes: some Collection<UInt8>) -> String {
        Array(bytes).withUnsafeBytes { DigestHasher.digests(of: $0, [.sha256])[.sha256] ?? "" }
    }
}
