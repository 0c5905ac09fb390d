/// One row of an answer.
public struct Row: Sendable {
    /// The names of an answer's columns, shared by its rows.
    public final class Columns: Sendable {
        /// The names, in the order of the statement.
        public let names: [String]
        let indices: [String: Int]

        /// Columns of these names; of several with one name, a name finds the first.
        public init(_ names: [String]) {
            self.names = names
            indices = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// The columns of the answer that the row is part of.
    public let columns: Columns
    /// One value for each column, in the same order.
    public let values: [SQLValue]

    /// A row with one value for each column; nothing checks it.
    public init(columns: Columns, values: [SQLValue]) {
        (self.columns, self.values) = (columns, values)
    }

    /// The value at a position, as the type that the context asks for.
    /// - Throws: ``UnexpectedSQLValue`` when the column holds something else.
    public func get<Value: SQLConvertible>(_ index: Int, as type: Value.Type = Value.self) throws(UnexpectedSQLValue) -> Value {
        try Value(sql: values[index])
    }

    /// The value of a column, as the type that the context asks for.
    /// - Throws: ``UnexpectedSQLValue`` when there is no such column or it holds something else.
    public func get<Value: SQLConvertible>(
        _ name: String, as type: Value.Type = Value.self
    ) throws(UnexpectedSQLValue) -> Value {
        guard let index = columns.indices[name] else {
            throw UnexpectedSQLValue(.null, expected: "column \(name)")
        }
        return try Value(sql: values[index])
    }
}
