extension Dialect {
    /// SQLite ≥ 3.40.
    public static let sqlite = Dialect(
        name: "sqlite",
        identity: "INTEGER PRIMARY KEY",
        skipLocked: "",
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
            ("IN (SELECT value FROM json_each(?\(first)))", [.value(.text(JSONText.array(of: values)))])
        },
        rows: { rows, alias, first in
            let columns = rows.names.enumerated().map { "value->>\($0) AS \($1)" }.joined(separator: ", ")
            return (
                "(SELECT \(columns) FROM json_each(?\(first))) AS \(alias)",
                [.value(.text(JSONText.table(of: rows)))]
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

/// Writes SQL values as the JSON that SQLite's `json_each` reads.
private enum JSONText {
    static func array(of values: [SQLValue]) -> String {
        var text = JSONWriter()
        text.array(values) { $0.write($1) }
        return text.text
    }

    static func table(of rows: SQLRows) -> String {
        let width = rows.names.count
        var text = JSONWriter()
        text.array(0..<rows.count) { text, row in
            text.array(rows.values[row * width..<(row + 1) * width]) { $0.write($1) }
        }
        return text.text
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ value: SQLValue) {
        switch value {
        case .null: null()
        case .integer(let number): integer(Int(number))
        case .real(let number): self.real(number)
        case .text(let value): string(value)
        case .boolean(let flag): integer(flag ? 1 : 0)
        }
    }
}
