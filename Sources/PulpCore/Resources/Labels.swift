/// Labels that users put on things: names and values (Pulp's `pulp_labels`).
public struct Labels: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// The values by name; a label may have none (`.some(nil)`).
    public private(set) var values: [String: String?] = [:]

    /// No labels.
    public init() {}
    /// These labels, unchecked; the last of several with one name wins.
    public init(dictionaryLiteral elements: (String, String?)...) {
        values = Dictionary(elements, uniquingKeysWith: { _, last in last })
    }

    /// The value of a label: nil when there is no such label, `.some(nil)` when it has no value.
    public subscript(name: String) -> String?? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// Whether there are no labels.
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
    /// Labels.
    public static var fieldType: FieldType { .labels }

    /// An object with the labels in the order of their names.
    public var json: JSON {
        .object(JSON.Object(values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value.json) }))
    }

    /// Takes an object of strings and nulls, or a string that holds such an object, as forms send it.
    /// - Throws: ``InvalidField`` in Pulp's words; also for what ``check(_:_:)`` refuses.
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

    /// The labels as JSON text.
    public var sql: SQLValue { json.sql }

    /// Reads labels from JSON text.
    /// - Throws: ``UnexpectedSQLValue`` when the column holds something else.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        do { try self.init(json: try JSON(sql: sql)) } catch let error as UnexpectedSQLValue { throw error } catch {
            throw UnexpectedSQLValue(sql, expected: "labels")
        }
    }
}
