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
    var sql: SQLValue { get }
    init(sql: SQLValue) throws(UnexpectedSQLValue)
}

/// A column held something else than the code that reads it expects: the database and the program disagree.
public struct UnexpectedSQLValue: Error, CustomStringConvertible {
    /// The value found.
    public let value: SQLValue
    /// The Swift type that was asked for.
    public let expected: String

    public init(_ value: SQLValue, expected: String) {
        (self.value, self.expected) = (value, expected)
    }

    public var description: String { "the database holds \(value) where a \(expected) was expected" }
}

extension SQLValue: SQLConvertible {
    public var sql: SQLValue { self }
    public init(sql: SQLValue) { self = sql }
}

extension Int64: SQLConvertible {
    public var sql: SQLValue { .integer(self) }

    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        guard case .integer(let number) = sql else { throw UnexpectedSQLValue(sql, expected: "integer") }
        self = number
    }
}

extension Int: SQLConvertible {
    public var sql: SQLValue { .integer(Int64(self)) }
    public init(sql: SQLValue) throws(UnexpectedSQLValue) { self = Int(try Int64(sql: sql)) }
}

extension Double: SQLConvertible {
    public var sql: SQLValue { .real(self) }

    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        switch sql {
        case .real(let number): self = number
        case .integer(let number): self = Double(number)
        default: throw UnexpectedSQLValue(sql, expected: "number")
        }
    }
}

extension Bool: SQLConvertible {
    public var sql: SQLValue { .boolean(self) }

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
    public var sql: SQLValue { .text(self) }

    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        guard case .text(let text) = sql else { throw UnexpectedSQLValue(sql, expected: "text") }
        self = text
    }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    public var sql: SQLValue { self?.sql ?? .null }

    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        if case .null = sql { self = nil } else { self = try Wrapped(sql: sql) }
    }
}
