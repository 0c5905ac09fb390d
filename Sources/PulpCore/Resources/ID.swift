internal import COpenSSL

/// The identity of a stored resource, as Pulp writes it: `prn:file.filerepository:<uuid>`.
///
/// The phantom type keeps a remote from being passed as a repository. A `Remote`'s id may name any kind of remote.
public struct ID<Resource>: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The Pulp resource name.
    public let prn: String

    /// - Precondition: `prn` is a PRN of the kind that `Resource` says; nothing checks it.
    public init(prn: String) { self.prn = prn }

    /// Reads a PRN; nothing checks it.
    public init(from decoder: any Decoder) throws { prn = try String(from: decoder) }
    /// Writes the PRN as a string.
    public func encode(to encoder: any Encoder) throws { try prn.encode(to: encoder) }

    /// The PRN.
    public var description: String { prn }

    /// The UUID at the end.
    public var uuid: String { String(prn[(prn.lastIndex(of: ":").map(prn.index(after:)) ?? prn.startIndex)...]) }

    /// The same identity, seen as another kind: a file repository as a repository.
    public func cast<Other>(to other: Other.Type = Other.self) -> ID<Other> { ID<Other>(prn: prn) }
}

extension ID: SQLConvertible {
    /// The PRN as text.
    public var sql: SQLValue { .text(prn) }
    /// Reads a PRN from a text column; nothing checks it.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) { prn = try String(sql: sql) }
}

/// UUIDs of version 7: they sort by the time they were made (RFC 9562 §5.7).
public enum UUIDv7 {
    /// A new one, in lower case.
    public static func make(at moment: Timestamp = .now) -> String {
        OpenSSL.prepare()
        var bytes = [UInt8](repeating: 0, count: 16)
        RAND_bytes(&bytes, 16)
        let milliseconds = UInt64(moment.microseconds / 1000)
        for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64(index))) }
        bytes[6] = bytes[6] & 0x0F | 0x70
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
            text.append(Hex.digits[Int(byte >> 4)])
            text.append(Hex.digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Hexadecimal text, in lower case.
package enum Hex {
    static let digits = Array("0123456789abcdef".utf8)

    package static func string(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
