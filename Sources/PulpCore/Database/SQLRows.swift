/// Rows of values, so that a statement over a thousand rows is one statement.
///
/// They travel to the database as one array per column (PostgreSQL), or are read where they stand (SQLite). At most 64 columns.
///
/// ```swift
/// var rows = SQLRows([("path", .text), ("size", .integer)])
/// rows.append(["a/b", 3])
/// try db.execute("INSERT INTO file (path, size) SELECT path, size FROM \(rows: rows, as: "r")")
/// ```
public struct SQLRows: Sendable {
    /// The names of the columns, in order.
    public let names: [String]
    /// The type of each column.
    public let types: [ColumnType]
    /// The values, row after row.
    public private(set) var values: [SQLValue] = []

    /// No rows yet, of these columns, of which there must be one at least.
    public init(_ columns: [(name: String, type: ColumnType)]) {
        names = columns.map(\.name)
        types = columns.map(\.type)
    }

    /// The number of rows.
    public var count: Int { values.count / names.count }
    /// Whether there are no rows.
    public var isEmpty: Bool { values.isEmpty }

    /// Adds one row.
    /// - Precondition: one value per column.
    public mutating func append(_ row: [SQLValue]) {
        precondition(row.count == names.count, "a row of \(row.count) values for the columns \(names)")
        values += row
    }

    /// The values of one column, from the first row to the last.
    public func column(_ index: Int) -> some Sequence<SQLValue> {
        stride(from: index, to: values.count, by: names.count).lazy.map { values[$0] }
    }
}

/// What a column holds; each ``Dialect`` has its own name for it.
public enum ColumnType: Sendable, Hashable {
    case integer, real, text, boolean
    /// A JSON document: text in both databases, so that what is read is what was written and one statement serves both.
    /// Its members are reached by `\(member: key, of: column)`.
    case json
}
