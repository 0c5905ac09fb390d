/// SQL text whose interpolations become bound parameters, never text.
///
/// ```swift
/// let name = "o'hara"
/// let rows = try db.query("SELECT id FROM repository WHERE name = \(name)")
/// ```
///
/// Write statements in the subset that SQLite ≥ 3.40 and PostgreSQL ≥ 14 share, and `CAST(x AS t)`, never `x::t`. Where
/// they differ, interpolate what the ``Dialect`` renders: `\(in: values)` for a list of values and
/// `\(rows: rows, as: "r")` for a table of them. Text that is not a value is spelled `\(raw: …)` or `\(sql: …)`.
public struct SQL: ExpressibleByStringInterpolation, Sendable {
    enum Segment: Sendable {
        case text(String)
        case value(SQLValue)
        case list([SQLValue])
        case rows(SQLRows, alias: String)
        case member(String, of: String)
        case dialect(@Sendable (Dialect) -> String)
    }

    var segments: [Segment]

    /// A literal: statement text of the program.
    public init(stringLiteral text: String) {
        segments = [.text(text)]
    }

    /// A literal with interpolations, which become parameters.
    public init(stringInterpolation: StringInterpolation) {
        segments = stringInterpolation.segments
    }

    /// Statement text that the program made itself: table and column names, never anything from outside.
    public init(raw text: String) {
        segments = [.text(text)]
    }

    /// Both pieces, one right after the other.
    public static func + (left: SQL, right: SQL) -> SQL {
        var joined = left
        joined.segments += right.segments
        return joined
    }

    /// Adds a piece right after what is there.
    public static func += (left: inout SQL, right: SQL) {
        left.segments += right.segments
    }

    /// What may stand between `\(` and `)` in a statement.
    public struct StringInterpolation: StringInterpolationProtocol {
        var segments: [Segment] = []

        /// A statement that begins; the counts are hints.
        public init(literalCapacity: Int, interpolationCount: Int) {
            segments.reserveCapacity(interpolationCount * 2 + 1)
        }

        /// Adds statement text of the program.
        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { segments.append(.text(literal)) }
        }

        /// Binds a value.
        public mutating func appendInterpolation(_ value: some SQLConvertible) {
            segments.append(.value(value.sql))
        }

        /// Binds a value, or null.
        public mutating func appendInterpolation(_ value: (some SQLConvertible)?) {
            segments.append(.value(value.sql))
        }

        /// `column \(in: values)` is true when the column equals one of the values, however many there are.
        public mutating func appendInterpolation(in values: some Sequence<some SQLConvertible>) {
            segments.append(.list(values.map(\.sql)))
        }

        /// A table made of values, to select from and to join with.
        public mutating func appendInterpolation(rows: SQLRows, as alias: String) {
            segments.append(.rows(rows, alias: alias))
        }

        /// A member of the JSON object in a column, as text, or null when there is none: `\(member: "env", of: "pulp_labels")`.
        ///
        /// Booleans are `true` and `false`; the key may hold anything.
        public mutating func appendInterpolation(member key: String, of column: String) {
            segments.append(.member(key, of: column))
        }

        /// Statement text that the program made itself.
        public mutating func appendInterpolation(raw text: String) {
            segments.append(.text(text))
        }

        /// Another piece of SQL with its own bindings.
        public mutating func appendInterpolation(sql: SQL) {
            segments += sql.segments
        }

        /// Text that each database spells in its own way.
        public mutating func appendInterpolation(dialect: @escaping @Sendable (Dialect) -> String) {
            segments.append(.dialect(dialect))
        }
    }
}

extension Sequence<SQL> {
    /// One piece of SQL out of many.
    public func joined(separator: String) -> SQL {
        var result = SQL(raw: "")
        for (index, sql) in enumerated() {
            if index > 0 { result.segments.append(.text(separator)) }
            result += sql
        }
        return result
    }
}
