/// Labels that users put on things: names and values (Pulp's `pulp_labels`).
public struct Labels: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public private(set) var values: [String: String?] = [:]

    public init() {}
    public init(dictionaryLiteral elements: (String, String?)...) {
        values = Dictionary(elements, uniquingKeysWith: { _, last in last })
    }

    public subscript(name: String) -> String?? {
        get { values[name] }
        set { values[name] = newValue }
    }

    public var isEmpty: Bool { values.isEmpty }

    /// Checks a name: letters, digits, underscore, space, dot and dash.
    /// - Throws: ``InvalidField`` in Pulp's words.
    public static func check(_ name: String, _ value: String?) throws(InvalidField) {
        let allowed = name.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil || " _.-".unicodeScalars.contains(scalar)
        }
        guard !name.isEmpty, allowed else {
            throw InvalidField("Key '\(name)' contains non-alphanumerics.")
        }
        if let value, value.contains(where: { $0 == "(" || $0 == ")" }) {
            throw InvalidField("The value of label '\(name)' must not contain parentheses.")
        }
    }
}

extension Labels: FieldValue {
    public static var fieldType: FieldType { .labels }

    public var json: JSON {
        .object(JSON.Object(values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value.json) }))
    }

    public init(json: JSON) throws(InvalidField) {
        var json = json
        if case .string(let text) = json {
            do { json = try JSON(parsing: text) } catch { throw InvalidField("Value must be valid JSON.") }
        }
        guard case .object(let object) = json else { throw InvalidField("Expected a dictionary of items.") }
        for member in object {
            let value = try String?(json: member.value)
            try Self.check(member.name, value)
            values[member.name] = .some(value)
        }
    }

    public var sql: SQLValue { json.sql }

    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        do { try self.init(json: try JSON(sql: sql)) } catch let error as UnexpectedSQLValue { throw error } catch {
            throw UnexpectedSQLValue(sql, expected: "labels")
        }
    }
}
