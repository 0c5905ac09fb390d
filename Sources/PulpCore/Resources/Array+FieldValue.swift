extension Array: SQLConvertible where Element: FieldValue {
    /// The list as JSON text.
    public var sql: SQLValue { json.sql }

    /// Reads a list from JSON text.
    /// - Throws: ``UnexpectedSQLValue`` when the column holds something else.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        let json = try JSON(sql: sql)
        do { try self.init(json: json) } catch { throw UnexpectedSQLValue(sql, expected: "list") }
    }
}

extension Array: FieldValue where Element: FieldValue {
    /// A list of what the elements hold.
    public static var fieldType: FieldType { .list(Element.fieldType) }

    /// The list as a JSON array.
    public var json: JSON { .array(map(\.json)) }

    /// Takes an array, or a string that holds one, as forms send it.
    /// - Throws: ``InvalidField`` in Pulp's words, those about the first element that is wrong.
    public init(json: JSON) throws(InvalidField) {
        let elements: [JSON]
        switch json {
        case .array(let list): elements = list
        case .null: throw InvalidField("This field may not be null.")
        case .string(let text):
            guard text.hasPrefix("["), case .array(let list)? = try? JSON(parsing: text) else {  // the message says all
                throw InvalidField("Expected a list of items but got type \"str\".")
            }
            elements = list
        default: throw InvalidField("Expected a list of items but got type \"\(json.pythonName)\".")
        }
        var values: [Element] = []
        for element in elements { values.append(try Element(json: element)) }
        self = values
    }
}

extension JSON {
    /// What Pulp's words call a value of this type.
    package var pythonName: String {
        switch self {
        case .null: "NoneType"
        case .bool: "bool"
        case .integer: "int"
        case .number: "float"
        case .string: "str"
        case .array: "list"
        case .object: "dict"
        }
    }
}
