internal import COpenSSL
internal import Foundation

/// Encrypts secrets for the database with AES-256-GCM (NIST SP 800-38D): a fresh 96-bit nonce and a 128-bit tag each.
///
/// Nothing that prints or dumps a value shows the key.
public struct SecretBox: Sendable, CustomStringConvertible, CustomReflectable {
    /// Nil in a process that was given no key, and can do all that needs no secrets.
    private let key: [UInt8]?

    /// Says what it is, and nothing of what it holds.
    public var description: String { "SecretBox" }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    /// - Precondition: the key has 32 bytes.
    init(key: [UInt8]?) {
        precondition(key == nil || key?.count == 32)
        self.key = key
    }

    /// Encrypts a text, never twice to the same.
    /// - Throws: ``PulpError`` with `systemState` when this process has no key.
    func seal(_ text: String) throws -> String {
        let key = try needKey()
        var nonce = [UInt8](repeating: 0, count: 12)
        guard RAND_bytes(&nonce, 12) == 1 else { throw PulpError(.systemState, "the system gives no random bytes") }
        let plain = Array(text.utf8)
        var sealed = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: 16)
        var length: CInt = 0
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        guard EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            EVP_EncryptUpdate(context, &sealed, &length, plain, CInt(plain.count)) == 1,
            EVP_EncryptFinal_ex(context, nil, &length) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, &tag) == 1
        else { throw PulpError(.internal, "a secret could not be encrypted") }
        return "1:" + Data(nonce + tag + sealed).base64EncodedString()
    }

    /// Decrypts what ``seal(_:)`` made.
    /// - Throws: ``PulpError`` when the text was changed, or made with another key, or when this process has none.
    func open(sealed text: String) throws -> String {
        let key = try needKey()
        let failure = PulpError(.systemState, "a secret in the database does not open with this key file")
        guard text.hasPrefix("1:"), let data = Data(base64Encoded: String(text.dropFirst(2))), data.count >= 28 else {
            throw failure
        }
        let bytes = [UInt8](data)
        var (nonce, tag, sealed) = (Array(bytes[..<12]), Array(bytes[12..<28]), Array(bytes[28...]))
        var plain = [UInt8](repeating: 0, count: sealed.count + 16)
        var length: CInt = 0
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        guard EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, &nonce) == 1,
            EVP_DecryptUpdate(context, &plain, &length, &sealed, CInt(sealed.count)) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, &tag) == 1,
            EVP_DecryptFinal_ex(context, &plain, &length) == 1
        else { throw failure }
        return String(decoding: plain[..<sealed.count], as: UTF8.self)
    }

    /// A key for another purpose, from which this one cannot be told; nil when this process has no key.
    ///
    /// It is the HMAC-SHA256 of the purpose.
    func derivedKey(for purpose: String) -> [UInt8]? {
        guard let key else { return nil }
        let text = Array(purpose.utf8)
        var derived = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        HMAC(EVP_sha256(), key, CInt(key.count), text, text.count, &derived, &length)
        return derived
    }

    private func needKey() throws -> [UInt8] {
        guard let key else {
            throw PulpError(
                .systemState, "this process has no key for the secrets in the database: copy the key file of the first process")
        }
        return key
    }
}

extension Hex {
    /// The bytes that hexadecimal text of either case stands for; nil when it is none.
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map { digit in Character(Unicode.Scalar(digit)).hexDigitValue }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
