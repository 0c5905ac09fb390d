internal import Glibc

/// A value as both databases store it.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case boolean(Bool)
}

/// A Swift value with a form that a database stores.
///
/// `init(sql:)` accepts what either database returns for the value: SQLite has no booleans and answers 0 and 1.
public protocol SQLConvertible: Sendable {
    /// The form that is stored.
    var sql: SQLValue { get }
    /// Reads what the database returned.
    /// - Throws: ``UnexpectedSQLValue`` when it is of another type.
    init(sql: SQLValue) throws(UnexpectedSQLValue)
}

/// A column held something else than the code that reads it expects: the database and the program disagree.
public struct UnexpectedSQLValue: Error, CustomStringConvertible {
    /// The value found.
    public let value: SQLValue
    /// The Swift type that was asked for.
    public let expected: String

    /// A value that does not fit the type of that name.
    public init(_ value: SQLValue, expected: String) {
        (self.value, self.expected) = (value, expected)
    }

    /// The value, and what was expected of it.
    public var description: String { "the database holds \(value) where a \(expected) was expected" }
}

extension SQLValue: SQLConvertible {
    /// The value itself.
    public var sql: SQLValue { self }
    /// Takes every value.
    public init(sql: SQLValue) { self = sql }
}

extension Int64: SQLConvertible {
    /// An integer.
    public var sql: SQLValue { .integer(self) }

    /// Reads an integer.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        guard case .integer(let number) = sql else { throw UnexpectedSQLValue(sql, expected: "integer") }
        self = number
    }
}

extension Int: SQLConvertible {
    /// An integer.
    public var sql: SQLValue { .integer(Int64(self)) }
    /// Reads an integer.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) { self = Int(try Int64(sql: sql)) }
}

extension Double: SQLConvertible {
    /// A real number.
    public var sql: SQLValue { .real(self) }

    /// Reads a real number, or an integer.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        switch sql {
        case .real(let number): self = number
        case .integer(let number): self = Double(number)
        default: throw UnexpectedSQLValue(sql, expected: "number")
        }
    }
}

extension Bool: SQLConvertible {
    /// A boolean.
    public var sql: SQLValue { .boolean(self) }

    /// Reads a boolean, or an integer, of which 0 is false.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        switch sql {
        case .boolean(let flag): self = flag
        case .integer(let number): self = number != 0
        default: throw UnexpectedSQLValue(sql, expected: "boolean")
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// `memchr(3)`, which reads many bytes at a time.
    var hasNUL: Bool { baseAddress.map { memchr($0, 0, count) != nil } ?? false }
}

extension String {
    /// Whether the text has a NUL character, which PostgreSQL cannot store and SQLite's functions take for the end.
    package var hasNUL: Bool {
        utf8.withContiguousStorageIfAvailable { $0.hasNUL } ?? utf8.contains(0)
    }
}

extension String: SQLConvertible {
    /// Text.
    public var sql: SQLValue { .text(self) }

    /// Reads text.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        guard case .text(let text) = sql else { throw UnexpectedSQLValue(sql, expected: "text") }
        self = text
    }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    /// The wrapped value, or null.
    public var sql: SQLValue { self?.sql ?? .null }

    /// Reads null as nil, and everything else as the wrapped type.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        if case .null = sql { self = nil } else { self = try Wrapped(sql: sql) }
    }
}
