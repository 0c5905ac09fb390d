/// How a schema's rows are read and written in the table that its kinds share: fields with the trait `column` are columns, secret
/// ones are encrypted in one, and the rest is the JSON of `details`.
extension Schema where R: Resource {
    /// `SELECT … FROM table AS t`, to be continued with a `WHERE` on `t`.
    var selection: SQL {
        let columns = columnFields.map { field -> String in
            guard case .reference(let target) = field.type.unwrapped else { return "t.\(field.name)" }
            return "(SELECT \(target.prnExpression(of: "x")) FROM \(target.rawValue) x WHERE x.id = t.\(field.name)) AS \(field.name)"
        }
        let list = (["t.id", "t.prn", "t.created", "t.updated", "t.details", "t.secrets"] + columns).joined(separator: ", ")
        return SQL(raw: "SELECT \(list) FROM \(table.rawValue) AS t ")
    }

    /// The record of a row that ``selection`` gave.
    func record(_ row: Row, _ box: SecretBox) throws -> Record<R> {
        var value = R()
        for (offset, field) in columnFields.enumerated() { try field.setSQL(&value, row.values[6 + offset]) }
        if case .object(let details) = try row.get(4, as: JSON.self) {
            for field in detailFields {
                if let json = details[field.name] { try field.setJSON(&value, json) }
            }
        }
        if let sealed = try row.get(5, as: String?.self), case .object(let secrets) = try JSON(parsing: try box.open(sealed: sealed)) {
            for field in secretFields {
                if let json = secrets[field.name] { try field.setJSON(&value, json) }
            }
        }
        return Record(
            id: ID(prn: try row.get(1)), key: try row.get(0), created: try row.get(2), updated: try row.get(3), value: value)
    }

    func insert(_ value: R, id: ID<R>, at moment: Timestamp, _ box: SecretBox, in db: any SQLConnection) throws {
        let columns = columnFields.map { SQL(raw: $0.name) }.joined(separator: ", ")
        let values = columnFields.map { column(of: $0, value) }.joined(separator: ", ")
        try db.execute(
            """
            INSERT INTO \(raw: table.rawValue) (prn, type, created, updated, details, secrets, \(sql: columns))
            VALUES (\(id), \(type), \(moment), \(moment), \(details(of: value)), \(try secrets(of: value, box).sql), \(sql: values))
            """)
    }

    func update(_ value: R, key: Int64, at moment: Timestamp, _ box: SecretBox, in db: any SQLConnection) throws {
        let assignments = columnFields.map { SQL(raw: "\($0.name) = ") + column(of: $0, value) }.joined(separator: ", ")
        try db.execute(
            """
            UPDATE \(raw: table.rawValue) SET updated = \(moment), details = \(details(of: value)),
                secrets = \(try secrets(of: value, box).sql), \(sql: assignments)
            WHERE id = \(key)
            """)
    }

    /// A column's value; a reference becomes the key of the row that it names.
    private func column(of field: Field<R>, _ value: R) -> SQL {
        let value = field.sql(value)
        guard case .reference(let target) = field.type.unwrapped else { return "\(value)" }
        guard case .text(let prn) = value else { return "NULL" }
        return target.key(ofPRN: prn)
    }

    private func details(of value: R) -> JSON {
        .object(JSON.Object(detailFields.map { (name: $0.name, value: $0.json(value)) }))
    }

    private func secrets(of value: R, _ box: SecretBox) throws -> String? {
        let set = secretFields.map { (name: $0.name, value: $0.json(value)) }.filter { $0.value != .null }
        return set.isEmpty ? nil : try box.seal(JSON.object(JSON.Object(set)).text)
    }
}

extension ResourceTable {
    /// The PRN of a row of this table, in SQL.
    func prnExpression(of alias: String) -> String {
        switch self {
        case .repositoryVersion: "'prn:core.repositoryversion:' || \(alias).uuid"
        default: "\(alias).prn"
        }
    }

    /// The key of the row with a PRN, in SQL; NULL when there is none.
    func key(ofPRN prn: String) -> SQL {
        switch self {
        case .repositoryVersion, .content: "(SELECT id FROM \(raw: rawValue) WHERE uuid = \(ID<Never>(prn: prn).uuid))"
        default: "(SELECT id FROM \(raw: rawValue) WHERE prn = \(prn))"
        }
    }

    /// Those of some PRNs that rows of this table have.
    package func existing(_ prns: some Sequence<String>, in db: any SQLConnection) throws -> Set<String> {
        let prns = Set(prns)
        switch self {
        case .repositoryVersion, .content:
            let uuids = prns.map { ID<Never>(prn: $0).uuid }
            let known = try Set(
                db.query("SELECT uuid FROM \(raw: rawValue) WHERE uuid \(in: uuids)").map { try $0.get(0, as: String.self) })
            return prns.filter { known.contains(ID<Never>(prn: $0).uuid) }
        default:
            return try Set(db.query("SELECT prn FROM \(raw: rawValue) WHERE prn \(in: prns)").map { try $0.get(0, as: String.self) })
        }
    }
}
