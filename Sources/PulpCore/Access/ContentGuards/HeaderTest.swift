internal import COpenSSL
internal import Foundation

/// What a guard asks of a header field.
struct HeaderTest: Sendable, Hashable {
    let name: String
    let value: String
    /// Where in a value of JSON the string is; nil when the value is the string.
    var path: JQPath?

    private static let denial = GuardVerdict.denied("Access denied.")

    /// Permits when the field is there, with one value only, which decodes to what is wanted.
    ///
    /// What is compared, and where two texts differ, does not show in how long it takes.
    func verdict(on credentials: ClientCredentials) -> GuardVerdict {
        let values = Set(credentials.values(of: name))
        guard values.count == 1, let encoded = values.first, let decoded = Data(base64Encoded: encoded) else { return Self.denial }
        guard let path else { return Self.areEqual(Array(decoded), Array(value.utf8)) ? .permitted : Self.denial }
        guard let text = String(validating: decoded, as: UTF8.self), let json = try? JSON(parsing: text),  // the verdict says all
            let found = path.first(in: json)?.stringValue
        else { return Self.denial }
        return Self.areEqual(Array(found.utf8), Array(value.utf8)) ? .permitted : Self.denial
    }

    /// Whether a text can be the name of a header field (RFC 9110 §5.1).
    static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// Compares in a time that only depends on the lengths.
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
