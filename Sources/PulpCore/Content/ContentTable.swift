/// The tables of one kind of content: `content`, which all kinds share, and the kind's own with a column per field.
package struct ContentTable<Unit: ContentUnit>: Sendable {
    private let schema = Unit.schema

    package init() {}

    /// The kind's own table: `content_file_file`.
    package static var name: String { "content_" + Unit.schema.type.map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined() }

    /// The step that makes the kind's own table.
    static var migration: Migration {
        Migration("content of type \(Unit.schema.type)") { db in
            let columns = Unit.schema.fields.map { field in
                let type = db.dialect.typeName(field.type.column)
                return "\(field.name) \(type)\(field.type.isNullable ? "" : " NOT NULL")"
            }
            try db.create(
                """
                CREATE TABLE \(name) (content BIGINT PRIMARY KEY REFERENCES content (id) ON DELETE CASCADE,
                \(columns.joined(separator: ", ")))
                """)
        }
    }

    /// Finds units by their natural keys and makes those that are missing.
    ///
    /// Any number of processes may do so at once. Found ones are touched, so that orphan cleanup leaves them alone for a while. A
    /// labelled number of statements, however many the units.
    /// - Returns: the keys of the units' rows, in the order of the units; equal units have equal keys.
    func getOrCreate(_ units: [Unit], at moment: Timestamp, in db: any SQLConnection) throws -> [Int64] {
        for unit in units { try schema.check(unit) }
        var wanted = SQLRows([("n", .integer), ("natural_key", .text)])
        for (index, unit) in units.enumerated() {
            wanted.append([.integer(Int64(index)), .text(CompositeKey.join(unit.naturalKey))])
        }
        var keys = [Int64](repeating: 0, count: units.count)
        try find(wanted, in: db) { index, key, _ in keys[index] = key }
        let found = keys.filter { $0 != 0 }
        if !found.isEmpty { try ContentRows.touch(found, at: moment, in: db) }

        let missing = keys.indices.filter { keys[$0] == 0 }
        guard !missing.isEmpty else { return keys }
        var uuids = [String](repeating: "", count: units.count)
        var rows = SQLRows([("uuid", .text), ("natural_key", .text), ("repository_key", .text)])
        var lookups = SQLRows([("n", .integer), ("natural_key", .text)])
        for index in missing {
            uuids[index] = UUIDv7.make(at: moment)
            let key = SQLValue.text(CompositeKey.join(units[index].naturalKey))
            rows.append([.text(uuids[index]), key, .text(CompositeKey.join(units[index].repositoryKey))])
            lookups.append([.integer(Int64(index)), key])
        }
        try db.execute(
            """
            INSERT INTO content (uuid, type, natural_key, repository_key, created, updated, touched)
            SELECT r.uuid, CAST(\(schema.type) AS TEXT), r.natural_key, r.repository_key,
                CAST(\(moment) AS BIGINT), CAST(\(moment) AS BIGINT), CAST(\(moment) AS BIGINT)
            FROM \(rows: rows, as: "r") WHERE TRUE ON CONFLICT (domain, type, natural_key) DO NOTHING
            """)
        var made: [(index: Int, key: Int64)] = []
        try find(lookups, in: db) { index, key, uuid in
            keys[index] = key
            if uuid == uuids[index] { made.append((index, key)) }
        }
        try insertFields(made.map { ($0.key, units[$0.index]) }, in: db)
        return keys
    }

    /// Reads units back.
    /// - Parameter condition: on `content` under the alias `c` and the kind's own table under `t`.
    package func query(where condition: SQL, in db: any SQLConnection, _ body: (Record<Unit>) throws -> Void) throws {
        let columns = schema.fields.map { "t.\($0.name)" }.joined(separator: ", ")
        let (fields, model) = (schema.fields, schema.model)
        try db.forEach(
            """
            SELECT c.id, c.uuid, c.created, c.updated, \(raw: columns)
            FROM content c JOIN \(raw: Self.name) t ON t.content = c.id WHERE \(sql: condition)
            """
        ) { row in
            var unit = Unit()
            for index in fields.indices { try fields[index].setSQL(&unit, row.values[index + 4]) }
            try body(
                Record(
                    id: ID(prn: "prn:\(model):\(try row.get(1, as: String.self))"), key: try row.get(0), created: try row.get(2),
                    updated: try row.get(3), value: unit))
        }
    }

    private func insertFields(_ units: [(key: Int64, unit: Unit)], in db: any SQLConnection) throws {
        guard !units.isEmpty else { return }
        let columns = schema.fields.map { (name: $0.name, type: $0.type.column) }
        var rows = SQLRows([("content", .integer)] + columns)
        for (key, unit) in units { rows.append([.integer(key)] + schema.fields.map { $0.sql(unit) }) }
        let names = rows.names.joined(separator: ", ")
        try db.execute("INSERT INTO \(raw: Self.name) (\(raw: names)) SELECT \(raw: names) FROM \(rows: rows, as: "r")")
    }

    private func find(
        _ lookups: SQLRows, in db: any SQLConnection, _ body: (Int, Int64, String) throws -> Void
    ) throws {
        try db.forEach(
            """
            SELECT r.n, c.id, c.uuid FROM \(rows: lookups, as: "r")
            CROSS JOIN content c WHERE c.domain = 1 AND c.type = \(schema.type) AND c.natural_key = r.natural_key
            """
        ) { row in try body(try row.get(0), try row.get(1), try row.get(2)) }
    }
}

/// What is done to rows of `content`, whatever their kind.
enum ContentRows {
    /// How old a touch may be before it is renewed: often enough for any protection time, seldom enough to cost nothing.
    static let touchInterval = Duration.seconds(3600)

    /// Sets back the orphan clock of units that something uses.
    static func touch(_ keys: [Int64], at moment: Timestamp, in db: any SQLConnection) throws {
        try db.execute(
            """
            UPDATE content SET touched = \(moment) WHERE id \(in: keys) AND touched < \(moment - touchInterval)
            """)
    }
}
