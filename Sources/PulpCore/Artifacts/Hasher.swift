internal import COpenSSL

/// Computes several digests of bytes in one pass (OpenSSL's EVP).
///
/// Not safe for use by two threads at once: whoever fills a staged file owns its hasher.
public final class DigestHasher {
    private let contexts: [(algorithm: DigestAlgorithm, context: OpaquePointer)]
    /// How many bytes were hashed.
    public private(set) var count: Int64 = 0

    /// - Precondition: OpenSSL offers the algorithms; a FIPS provider may lack MD5.
    public init(_ algorithms: some Sequence<DigestAlgorithm>) {
        OpenSSL.prepare()
        contexts = algorithms.map { algorithm in
            guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, algorithm.openSSL, nil) == 1 else {
                preconditionFailure("OpenSSL offers no \(algorithm.rawValue)")
            }
            return (algorithm, context)
        }
    }

    deinit {
        for (_, context) in contexts { EVP_MD_CTX_free(context) }
    }

    /// Hashes bytes, after those that came before.
    public func update(_ bytes: UnsafeRawBufferPointer) {
        for (_, context) in contexts { EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) }
        count += Int64(bytes.count)
    }

    /// The digests of all that was hashed; the hasher is used up then.
    public func finish() -> Digests {
        var digests = Digests()
        for (algorithm, context) in contexts {
            var bytes = [UInt8](repeating: 0, count: algorithm.digits / 2)
            EVP_DigestFinal_ex(context, &bytes, nil)
            digests[algorithm] = Hex.string(bytes)
        }
        return digests
    }

    /// The digests of bytes in memory.
    public static func digests(of bytes: UnsafeRawBufferPointer, _ algorithms: some Sequence<DigestAlgorithm>) -> Digests {
        let hasher = DigestHasher(algorithms)
        hasher.update(bytes)
        return hasher.finish()
    }
}
