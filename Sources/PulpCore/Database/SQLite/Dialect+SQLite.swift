extension Dialect {
    /// SQLite ≥ 3.40.
    public static let sqlite = Dialect(
        name: "sqlite",
        identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
        skipLocked: "", lockShared: "", hasConcurrentWriters: false,
        typeName: { type in
            switch type {
            case .integer: "INTEGER"
            case .real: "REAL"
            case .text, .json: "TEXT"
            case .boolean: "BOOLEAN"
            }
        },
        placeholder: { "?\($0)" },
        list: { values, first in
            ("IN (SELECT c0 FROM \(RowsTable.name)(?\(first)))", [.table(values, width: 1)])
        },
        rows: { rows, alias, first in
            let columns = rows.names.enumerated().map { "c\($0) AS \($1)" }.joined(separator: ", ")
            return (
                "(SELECT \(columns) FROM \(RowsTable.name)(?\(first))) AS \(alias)",
                [.table(rows.values, width: rows.names.count)]
            )
        },
        member: { column, key in
            // Not `->>`: it reads a key with a dot as a path.
            """
            (SELECT CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(value AS TEXT) END \
            FROM json_each(\(column)) WHERE key = \(key))
            """
        }
    )
}
