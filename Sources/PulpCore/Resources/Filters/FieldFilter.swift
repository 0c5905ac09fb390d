/// A condition that lists offer on a field, as a query string names it: `name__icontains=core`.
public struct FieldFilter: Sendable {
    /// The parameter: the field's name, with `__` and the lookup unless that is `exact`.
    public let name: String
    /// How the field is compared.
    public let lookup: Lookup
    /// What the field holds.
    public let type: FieldType
    private let column: SQL

    /// - Parameter column: the field in SQL.
    package init(_ field: String, _ lookup: Lookup, _ type: FieldType, column: SQL) {
        name = lookup == .exact ? field : "\(field)__\(lookup.rawValue)"
        (self.lookup, self.type, self.column) = (lookup, type, column)
    }

    /// The condition for one value of the parameter; an empty one asks for nothing.
    /// - Throws: ``InvalidField`` in Pulp's words when the text is no such value.
    public func condition(_ text: String) throws(InvalidField) -> SQL {
        guard !text.isEmpty else { return "TRUE" }
        if lookup == .isnull { return lookup.condition(on: column, [try FieldType.boolean.value(filter: text)]) }
        if case .reference(let table) = type.unwrapped { return try reference(to: table, text) }
        var values: [SQLValue] = []
        for part in try lookup.parts(of: text) { values.append(try type.value(filter: part)) }
        return lookup.condition(on: column, values)
    }

    /// PRNs, or `null` for nothing.
    private func reference(to table: ResourceTable, _ text: String) throws(InvalidField) -> SQL {
        let tests = try lookup.parts(of: text).map { part -> SQL in
            part == "null" ? "\(sql: column) IS NULL" : "\(sql: column) = \(sql: table.key(ofPRN: part))"
        }
        return "(\(sql: tests.joined(separator: " OR ")))"
    }
}

extension Field {
    /// What lists can be narrowed down by: one filter for each lookup, on the table as `t`.
    public var filters: [FieldFilter] {
        lookups.names.compactMap(Lookup.init).map { lookup in
            let column: SQL = traits.contains(.column) ? SQL(raw: "t.\(name)") : "\(member: name, of: "t.details")"
            return FieldFilter(name, lookup, type, column: column)
        }
    }
}

extension FieldFilter {
    /// Those on when a resource was made, on the table as `t`.
    public static let created = moments("pulp_created", "t.created")
    /// Those on when a resource changed last, on the table as `t`.
    public static let updated = moments("pulp_last_updated", "t.updated")

    /// Those on a moment in a column.
    package static func moments(_ name: String, _ column: String) -> [FieldFilter] {
        [Lookup.exact, .lt, .lte, .gt, .gte, .range, .isnull].map { FieldFilter(name, $0, .timestamp, column: SQL(raw: column)) }
    }

    /// Some of those on text in a column.
    package static func text(_ name: String, _ column: String, _ lookups: [Lookup]) -> [FieldFilter] {
        lookups.map { FieldFilter(name, $0, .text, column: SQL(raw: column)) }
    }
}

extension FieldType {
    /// A value as a query string has it.
    func value(filter text: String) throws(InvalidField) -> SQLValue {
        switch self {
        case .nullable(let type): return try type.value(filter: text)
        case .text, .labels, .json, .list, .reference: return .text(text)
        case .choice(let choices):
            guard choices.contains(text) else {
                throw InvalidField("Select a valid choice. \(text) is not one of the available choices.")
            }
            return .text(text)
        case .integer:
            guard let number = Int64(text) else { throw InvalidField("Enter a number.") }
            return .integer(number)
        case .number:
            guard let number = Double(text), number.isFinite else { throw InvalidField("Enter a number.") }
            return .real(number)
        case .boolean:
            switch text.lowercased() {
            case "true", "1": return .boolean(true)
            case "false", "0": return .boolean(false)
            default: throw InvalidField("Enter a valid boolean.")
            }
        case .timestamp:
            guard let moment = Timestamp(iso8601: text) else { throw InvalidField("Enter a valid date/time.") }
            return moment.sql
        }
    }
}
