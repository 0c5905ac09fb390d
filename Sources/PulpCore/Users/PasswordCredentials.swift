internal import Foundation

/// A name and a password, as HTTP's basic authentication has them (RFC 7617).
struct PasswordCredentials: Sendable, Hashable {
    let name: String
    let password: String

    /// Reads the value of a header field `Authorization`; nil when it is of another scheme, or cannot be read.
    init?(authorization header: String) {
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1])),
            let text = String(validating: data, as: UTF8.self), let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        (name, password) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
