/// How a filter compares a column with what it is given: the part behind `__` in `name__icontains=core`.
public enum Lookup: String, Sendable, CaseIterable {
    case exact, iexact, ne, `in`
    case contains, icontains, startswith, istartswith, regex, iregex
    case lt, lte, gt, gte, range
    case isnull

    /// What lists offer on names.
    package static let ofText: [Lookup] = Lookups.text.names.compactMap(Lookup.init)

    /// The values that a text stands for: two of a range, any number of a list, one of all others.
    func parts(of text: String) throws(InvalidField) -> [String] {
        switch self {
        case .in: return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        case .range:
            let ends = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard ends.count == 2 else { throw InvalidField("Range query expects two values.") }
            return ends
        default: return [text]
        }
    }

    /// The comparison of a column with values, as many as ``parts(of:)`` made.
    func condition(on column: SQL, _ values: [SQLValue]) -> SQL {
        let value = values.first ?? .null
        return switch self {
        case .exact: "\(sql: column) = \(value)"
        case .ne: "(\(sql: column) <> \(value) OR \(sql: column) IS NULL)"
        case .in: "\(sql: column) \(in: values)"
        case .iexact: "LOWER(\(sql: column)) = LOWER(\(value))"
        case .contains: "\(sql: Self.position(of: "\(value)", in: column)) > 0"
        case .icontains: "\(sql: Self.position(of: "LOWER(\(value))", in: "LOWER(\(sql: column))")) > 0"
        case .startswith: "SUBSTR(\(sql: column), 1, LENGTH(\(value))) = \(value)"
        case .istartswith: "SUBSTR(LOWER(\(sql: column)), 1, LENGTH(\(value))) = LOWER(\(value))"
        case .regex: Self.match("~", column, value)
        case .iregex: Self.match("~*", column, value)
        case .lt: "\(sql: column) < \(value)"
        case .lte: "\(sql: column) <= \(value)"
        case .gt: "\(sql: column) > \(value)"
        case .gte: "\(sql: column) >= \(value)"
        case .range: "\(sql: column) BETWEEN \(value) AND \(values.last ?? .null)"
        case .isnull: value == .boolean(true) ? "\(sql: column) IS NULL" : "\(sql: column) IS NOT NULL"
        }
    }

    private static func position(of part: SQL, in whole: SQL) -> SQL {
        "\(dialect: { $0.name == Dialect.sqlite.name ? "INSTR" : "STRPOS" })(\(sql: whole), \(sql: part))"
    }

    /// PostgreSQL has operators; SQLite gets the functions of ``PatternFunctions``.
    private static func match(_ sign: String, _ column: SQL, _ pattern: SQLValue) -> SQL {
        func spelled(_ sqlite: String, _ postgreSQL: String) -> SQL {
            "\(dialect: { $0.name == Dialect.sqlite.name ? sqlite : postgreSQL })"
        }
        let function = sign == "~" ? PatternFunctions.matches : PatternFunctions.matchesAnyCase
        return spelled("\(function)(", "(") + column + spelled(", ", " \(sign) ") + "\(pattern))"
    }
}
