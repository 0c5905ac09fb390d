internal import COpenSSL

/// Signs paths for a while: `?expires=<seconds since 1970>&validate_token=<salt>:<digest>`, both in hexadecimal digits.
///
/// The digest is the SHA-256 of the salt, the encoded path, a question mark, the query before the token, and the secret.
struct PathSignature: Sendable {
    let secret: [UInt8]

    /// A salt of any other length could take the beginning of a path for its end.
    private static let saltSize = 32
    private static let (expiry, token) = ("expires=", "validate_token=")

    /// - Parameter path: with the content path prefix, not encoded.
    /// - Returns: the path, encoded, with the query that lets it pass.
    func sign(_ path: String, until end: Timestamp) throws -> String {
        var salt = [UInt8](repeating: 0, count: Self.saltSize)
        guard RAND_bytes(&salt, CInt(salt.count)) == 1 else { throw PulpError(.systemState, "the system gives no random bytes") }
        return sign(path, until: end, salt: salt)
    }

    func sign(_ path: String, until end: Timestamp, salt: [UInt8]) -> String {
        let query = Self.expiry + String(end.microseconds / 1_000_000)
        let digest = digest(of: path, query, salt)
        return "\(HTMLText.percentEncode(path))?\(query)&\(Self.token)\(Hex.string(salt)):\(Hex.string(digest))"
    }

    /// Permits when the query ends in a token that was made for this path and the rest of this query, and has not expired.
    func verdict(on request: GuardedRequest) -> GuardVerdict {
        let refusal = GuardVerdict.denied("Access not authenticated")
        let items = request.credentials.query.split(separator: "&", omittingEmptySubsequences: false)
        guard let last = items.last, last.hasPrefix(Self.token), items.count(where: { $0.hasPrefix(Self.token) }) == 1,
            let expiry = items.only({ $0.hasPrefix(Self.expiry) }), let end = Int64(expiry.dropFirst(Self.expiry.count))
        else { return refusal }
        let parts = last.dropFirst(Self.token.count).replacing("%3A", with: ":").replacing("%3a", with: ":").split(separator: ":")
        guard parts.count == 2, let salt = Hex.bytes(String(parts[0])), let given = Hex.bytes(String(parts[1])),
            salt.count == Self.saltSize,
            HeaderTest.areEqual(given, digest(of: request.path, items.dropLast().joined(separator: "&"), salt))
        else { return refusal }
        return request.moment.microseconds / 1_000_000 <= end ? .permitted : .denied("Authentication expired")
    }

    private func digest(of path: String, _ query: String, _ salt: [UInt8]) -> [UInt8] {
        let signed = salt + Array("\(HTMLText.percentEncode(path))?\(query)".utf8) + secret
        var digest = [UInt8](repeating: 0, count: 32)
        EVP_Digest(signed, signed.count, &digest, nil, EVP_sha256(), nil)
        return digest
    }
}

extension Sequence {
    /// The element that meets a condition; nil when there is none, or several.
    fileprivate func only(_ condition: (Element) -> Bool) -> Element? {
        let found = filter(condition)
        return found.count == 1 ? found[0] : nil
    }
}
