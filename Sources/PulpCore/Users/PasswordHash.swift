internal import COpenSSL
internal import Foundation

/// What the database keeps of a password: a salted hash that takes time and memory to compute.
///
/// scrypt (RFC 7914) with N = 2¹⁴, r = 8, p = 1: 16 MiB and some tens of milliseconds each. The text carries the parameters, so that
/// later releases may ask for more: `scrypt$16384$8$1$<salt>$<hash>`.
public struct PasswordHash: Sendable, Hashable {
    /// The hash as the database has it.
    public let text: String

    private static let size = 32
    private static let parameters = (cost: 16_384, blocks: 8, parallel: 1)

    /// The hash that a database has; nothing checks it.
    public init(stored text: String) { self.text = text }

    /// Hashes a password with a new salt.
    /// - Throws: ``PulpError`` with `systemState` when the system gives no random bytes.
    public init(_ password: String) throws {
        OpenSSL.prepare()
        var salt = [UInt8](repeating: 0, count: 16)
        guard RAND_bytes(&salt, 16) == 1 else { throw PulpError(.systemState, "the system gives no random bytes") }
        let (cost, blocks, parallel) = Self.parameters
        guard let hash = Self.scrypt(password, salt, cost, blocks, parallel) else {
            throw PulpError(.internal, "a password could not be hashed")
        }
        text = Self.text(salt, hash)
    }

    /// A hash that no password is known to have, and that takes as long to compare with as any other.
    static let nobody = PasswordHash(stored: text(Array(repeating: 0, count: 16), Array(repeating: 0, count: size)))

    private static func text(_ salt: [UInt8], _ hash: [UInt8]) -> String {
        let (cost, blocks, parallel) = parameters
        return "scrypt$\(cost)$\(blocks)$\(parallel)$\(Data(salt).base64EncodedString())$\(Data(hash).base64EncodedString())"
    }

    /// Whether a password has this hash; takes as long for a wrong one as for the right one.
    public func matches(_ password: String) -> Bool {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "scrypt", let cost = Int(parts[1]), let blocks = Int(parts[2]), let parallel = Int(parts[3]),
            let salt = Data(base64Encoded: String(parts[4])), let expected = Data(base64Encoded: String(parts[5])),
            let hash = Self.scrypt(password, [UInt8](salt), cost, blocks, parallel), hash.count == expected.count
        else { return false }
        return CRYPTO_memcmp(hash, [UInt8](expected), hash.count) == 0
    }

    private static func scrypt(_ password: String, _ salt: [UInt8], _ cost: Int, _ blocks: Int, _ parallel: Int) -> [UInt8]? {
        // Only what this program writes is read back: anything else would be somebody's way to exhaust memory.
        guard (2...1 << 20).contains(cost), (1...32).contains(blocks), (1...16).contains(parallel) else { return nil }
        OpenSSL.prepare()
        var hash = [UInt8](repeating: 0, count: size)
        let bytes = Array(password.utf8CString)
        let code = EVP_PBE_scrypt(
            bytes, bytes.count - 1, salt, salt.count, UInt64(cost), UInt64(blocks), UInt64(parallel), 1 << 28, &hash, size)
        return code == 1 ? hash : nil
    }
}
