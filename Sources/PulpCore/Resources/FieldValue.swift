/// A value that can travel through JSON, a query string and a database column.
public protocol FieldValue: SQLConvertible {
    static var fieldType: FieldType { get }
    var json: JSON { get }
    init(json: JSON) throws(InvalidField)
}

/// What a field holds, for every projection that must know: columns, OpenAPI, options of `pulpctl`.
public indirect enum FieldType: Sendable, Hashable {
    case text, integer, number, boolean, timestamp, labels, json
    case choice([String])
    /// The id of a resource of another kind.
    case reference(ResourceTable)
    case nullable(FieldType)

    /// The type without `nullable`.
    public var unwrapped: FieldType {
        if case .nullable(let type) = self { type } else { self }
    }

    public var isNullable: Bool { self != unwrapped }

    /// The column that holds such a field.
    public var column: ColumnType {
        switch self {
        case .text, .choice: .text
        case .integer, .timestamp, .reference: .integer
        case .number: .real
        case .boolean: .boolean
        case .labels, .json: .json
        case .nullable(let type): type.column
        }
    }
}

/// A field's value is refused, in words for who sent it.
public struct InvalidField: Error, Hashable {
    public let message: String
    public init(_ message: String) { self.message = message }
}

extension String: FieldValue {
    public static var fieldType: FieldType { .text }
    public var json: JSON { .string(self) }

    public init(json: JSON) throws(InvalidField) {
        switch json {
        case .string(let text): self = text
        case .integer(let number): self = String(number)
        case .null: throw InvalidField("This field may not be null.")
        default: throw InvalidField("Not a valid string.")
        }
    }
}

extension Int: FieldValue {
    public static var fieldType: FieldType { .integer }
    public var json: JSON { .integer(self) }

    public init(json: JSON) throws(InvalidField) {
        switch json {
        case .integer(let number): self = number
        case .string(let text):
            guard let number = Int(text) else { throw InvalidField("A valid integer is required.") }
            self = number
        case .null: throw InvalidField("This field may not be null.")
        default: throw InvalidField("A valid integer is required.")
        }
    }
}

extension Double: FieldValue {
    public static var fieldType: FieldType { .number }
    public var json: JSON { .number(self) }

    public init(json: JSON) throws(InvalidField) {
        switch json {
        case .integer(let number): self = Double(number)
        case .number(let number): self = number
        case .string(let text):
            guard let number = Double(text), number.isFinite else { throw InvalidField("A valid number is required.") }
            self = number
        case .null: throw InvalidField("This field may not be null.")
        default: throw InvalidField("A valid number is required.")
        }
    }
}

extension Bool: FieldValue {
    public static var fieldType: FieldType { .boolean }
    public var json: JSON { .bool(self) }

    public init(json: JSON) throws(InvalidField) {
        switch json {
        case .bool(let flag): self = flag
        case .string(let text):
            switch text.lowercased() {
            case "true", "t", "yes", "y", "on", "1": self = true
            case "false", "f", "no", "n", "off", "0": self = false
            default: throw InvalidField("Must be a valid boolean.")
            }
        case .null: throw InvalidField("This field may not be null.")
        default: throw InvalidField("Must be a valid boolean.")
        }
    }
}

extension Timestamp: FieldValue {
    public static var fieldType: FieldType { .timestamp }
    public var json: JSON { .string(description) }
    public init(json: JSON) throws(InvalidField) { throw InvalidField("This field is read-only.") }
}

extension JSON: FieldValue {
    public static var fieldType: FieldType { .json }
    public var json: JSON { self }
    public init(json: JSON) throws(InvalidField) { self = json }
    public var sql: SQLValue { .text(text) }

    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        let text = try String(sql: sql)
        do { self = try JSON(parsing: text) } catch { throw UnexpectedSQLValue(sql, expected: "JSON document") }
    }
}

extension Optional: FieldValue where Wrapped: FieldValue {
    public static var fieldType: FieldType { .nullable(Wrapped.fieldType) }
    public var json: JSON { self?.json ?? .null }

    public init(json: JSON) throws(InvalidField) {
        if case .null = json { self = nil } else { self = try Wrapped(json: json) }
    }
}

extension FieldValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    public static var fieldType: FieldType { .choice(allCases.map(\.rawValue)) }
    public var json: JSON { .string(rawValue) }

    public init(json: JSON) throws(InvalidField) {
        guard case .string(let raw) = json else { throw InvalidField("Not a valid string.") }
        guard let value = Self(rawValue: raw) else { throw InvalidField("\"\(raw)\" is not a valid choice.") }
        self = value
    }

    public var sql: SQLValue { .text(rawValue) }

    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        guard let value = Self(rawValue: try String(sql: sql)) else { throw UnexpectedSQLValue(sql, expected: "\(Self.self)") }
        self = value
    }
}
