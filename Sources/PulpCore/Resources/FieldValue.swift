/// A value that can travel through JSON, a query string and a database column.
public protocol FieldValue: SQLConvertible {
    /// What a field of this type holds.
    static var fieldType: FieldType { get }
    /// The value as the API shows it.
    var json: JSON { get }
    /// Takes a value out of a body.
    /// - Throws: ``InvalidField`` in Pulp's words.
    init(json: JSON) throws(InvalidField)
}

/// What a field holds, for every projection that must know: columns, OpenAPI, options of `pulpctl`.
public indirect enum FieldType: Sendable, Hashable {
    case text, integer, number, boolean, timestamp, labels, json
    case choice([String])
    /// The id of a resource of another kind.
    case reference(ResourceTable)
    case list(FieldType)
    case nullable(FieldType)

    /// The type without `nullable`.
    public var unwrapped: FieldType {
        if case .nullable(let type) = self { type } else { self }
    }

    /// Whether null is a value too.
    public var isNullable: Bool { self != unwrapped }

    /// The column that holds such a field.
    public var column: ColumnType {
        switch self {
        case .text, .choice: .text
        case .integer, .timestamp, .reference: .integer
        case .number: .real
        case .boolean: .boolean
        case .labels, .json, .list: .json
        case .nullable(let type): type.column
        }
    }
}

/// A field's value is refused, in words for who sent it.
public struct InvalidField: Error, Hashable {
    /// What is wrong with the value, as the API answers it.
    public let message: String
    /// Refuses a value; the message does not name the field.
    public init(_ message: String) { self.message = message }
}

extension String: FieldValue {
    /// Text, of any length.
    public static var fieldType: FieldType { .text }
    /// The text as a JSON string.
    public var json: JSON { .string(self) }

    /// Takes a string, or the digits of an integer.
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
    /// A whole number of 64 bits.
    public static var fieldType: FieldType { .integer }
    /// The number as a JSON integer.
    public var json: JSON { .integer(self) }

    /// Takes an integer, or a string of one.
    public init(json: JSON) throws(InvalidField) {
        switch json {
        case .integer(let number): self = number
        case .number(let number):
            guard let whole = Int(exactly: number) else { throw InvalidField("A valid integer is required.") }
            self = whole
        case .string(let text):
            guard let number = Int(text) else { throw InvalidField("A valid integer is required.") }
            self = number
        case .null: throw InvalidField("This field may not be null.")
        default: throw InvalidField("A valid integer is required.")
        }
    }
}

extension Double: FieldValue {
    /// A number with a fraction.
    public static var fieldType: FieldType { .number }
    /// The number as a JSON number.
    public var json: JSON { .number(self) }

    /// Takes any number, or a string of a finite one.
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
    /// True or false.
    public static var fieldType: FieldType { .boolean }
    /// The value as JSON's true or false.
    public var json: JSON { .bool(self) }

    /// Takes true and false, and the words that forms send for them: `yes`, `off`, `1` and the like, in any case.
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
    /// A moment.
    public static var fieldType: FieldType { .timestamp }
    /// The moment in RFC 3339, in UTC with microseconds.
    public var json: JSON { .string(description) }

    /// Takes a date and time as ISO 8601 writes it.
    public init(json: JSON) throws(InvalidField) {
        guard case .string(let text) = json, let moment = Timestamp(iso8601: text) else {
            if json == .null { throw InvalidField("This field may not be null.") }
            throw InvalidField(
                "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].")
        }
        self = moment
    }
}

extension JSON: FieldValue {
    /// Any JSON value.
    public static var fieldType: FieldType { .json }
    /// The value itself.
    public var json: JSON { self }
    /// Takes every value, null included.
    public init(json: JSON) throws(InvalidField) { self = json }
    /// The JSON text, on one line.
    public var sql: SQLValue { .text(text) }

    /// Reads JSON text.
    /// - Throws: ``UnexpectedSQLValue`` when the column holds something else.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        let text = try String(sql: sql)
        do { self = try JSON(parsing: text) } catch { throw UnexpectedSQLValue(sql, expected: "JSON document") }
    }
}

extension Optional: FieldValue where Wrapped: FieldValue {
    /// What the wrapped type holds, or null.
    public static var fieldType: FieldType { .nullable(Wrapped.fieldType) }
    /// The wrapped value, or null.
    public var json: JSON { self?.json ?? .null }

    /// Takes null as nil, and everything else as the wrapped type does.
    public init(json: JSON) throws(InvalidField) {
        if case .null = json { self = nil } else { self = try Wrapped(json: json) }
    }
}

extension FieldValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    /// A choice of the raw values, in the order of the cases.
    public static var fieldType: FieldType { .choice(allCases.map(\.rawValue)) }
    /// The raw value as a JSON string.
    public var json: JSON { .string(rawValue) }

    /// Takes a string that is one of the raw values.
    public init(json: JSON) throws(InvalidField) {
        guard case .string(let raw) = json else { throw InvalidField("Not a valid string.") }
        guard let value = Self(rawValue: raw) else { throw InvalidField("\"\(raw)\" is not a valid choice.") }
        self = value
    }

    /// The raw value as text.
    public var sql: SQLValue { .text(rawValue) }

    /// Reads a raw value.
    /// - Throws: ``UnexpectedSQLValue`` when no case has it.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        guard let value = Self(rawValue: try String(sql: sql)) else { throw UnexpectedSQLValue(sql, expected: "\(Self.self)") }
        self = value
    }
}
