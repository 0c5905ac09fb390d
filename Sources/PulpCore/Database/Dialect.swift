/// How one database spells what the shared subset of SQL leaves open.
public struct Dialect: Sendable {
    /// The database's name, for logs and for `status`.
    public let name: String
    /// The name of a column type.
    public let typeName: @Sendable (ColumnType) -> String
    /// An integer primary key that the database assigns, and never assigns again, not even when its row is deleted: who kept the key
    /// from one transaction to the next finds no row then, and not another one.
    public let identity: String
    /// What `SELECT` adds to take rows that no one else has taken.
    public let skipLocked: String
    /// What `SELECT` adds to keep its rows as they are until the transaction ends; nothing where there is one writer at a time.
    public let lockShared: String
    /// Whether transactions write beside each other.
    public let hasConcurrentWriters: Bool
    /// The placeholder of the parameter with this number, counted from 1.
    public let placeholder: @Sendable (Int) -> String
    let renderList: @Sendable ([SQLValue], Int) -> (text: String, bindings: [SQLBinding])
    let renderRows: @Sendable (SQLRows, String, Int) -> (text: String, bindings: [SQLBinding])
    let renderMember: @Sendable (_ column: String, _ key: String) -> String

    /// Describes a database.
    /// - Parameters:
    ///   - list: `IN`-like test against a list of values; given the number of the first parameter.
    ///   - rows: a table expression with an alias; given the number of the first parameter.
    ///   - member: the text of a member of a JSON object; given the object's column and the placeholder of the key.
    public init(
        name: String, identity: String, skipLocked: String, lockShared: String, hasConcurrentWriters: Bool,
        typeName: @escaping @Sendable (ColumnType) -> String,
        placeholder: @escaping @Sendable (Int) -> String,
        list: @escaping @Sendable ([SQLValue], Int) -> (text: String, bindings: [SQLBinding]),
        rows: @escaping @Sendable (SQLRows, String, Int) -> (text: String, bindings: [SQLBinding]),
        member: @escaping @Sendable (_ column: String, _ key: String) -> String
    ) {
        (self.name, self.identity, self.skipLocked, self.lockShared, self.typeName, self.placeholder) =
            (name, identity, skipLocked, lockShared, typeName, placeholder)
        self.hasConcurrentWriters = hasConcurrentWriters
        (renderList, renderRows, renderMember) = (list, rows, member)
    }
}

/// What is bound to one placeholder.
public enum SQLBinding: Sendable, Hashable {
    case value(SQLValue)
    /// An array of one element type (PostgreSQL).
    case array([SQLValue], ColumnType)
    /// Rows of a width, one after the other (SQLite).
    case table([SQLValue], width: Int)
}

extension SQL {
    /// The statement's text and parameters for one database.
    public func rendered(for dialect: Dialect) -> (text: String, bindings: [SQLBinding]) {
        var text = ""
        var bindings: [SQLBinding] = []
        for segment in segments {
            switch segment {
            case .text(let literal):
                text += literal
            case .value(let value):
                bindings.append(.value(value))
                text += dialect.placeholder(bindings.count)
            case .list(let values):
                let list = dialect.renderList(values, bindings.count + 1)
                text += list.text
                bindings += list.bindings
            case .rows(let rows, let alias):
                let table = dialect.renderRows(rows, alias, bindings.count + 1)
                text += table.text
                bindings += table.bindings
            case .member(let key, let column):
                bindings.append(.value(.text(key)))
                text += dialect.renderMember(column, dialect.placeholder(bindings.count))
            case .dialect(let spell):
                text += spell(dialect)
            }
        }
        return (text, bindings)
    }
}
