internal import COpenSSL

/// The library of digests and random bytes, for the whole process.
enum OpenSSL {
    // It would tear itself down when a program exits, while threads may still use it, and such a program crashes with its work done.
    // The system takes back all that it has anyhow.
    private static let isPrepared = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

    /// To be called before anything else of it: only the first use decides.
    static func prepare() { precondition(isPrepared, "OpenSSL does not start") }
}
