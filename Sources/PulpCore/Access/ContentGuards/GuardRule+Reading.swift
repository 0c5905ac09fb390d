extension GuardRule {
    /// Reads what the guard in a row asks, together with its parts and theirs.
    ///
    /// A part lets in whom the whole lets in, however deep it lies: so the rule is the tests of all that can be reached, side by side.
    init(of key: Int64, _ kinds: [any ContentGuardKind.Type], _ resources: Resources, in db: any SQLConnection) throws {
        let rows = try db.query(
            """
            WITH RECURSIVE part (id) AS (
                SELECT CAST(\(key) AS BIGINT)
                UNION SELECT m.member FROM content_guard_member m JOIN part ON m.composite = part.id)
            SELECT g.id, g.type, g.name FROM content_guard g WHERE g.id IN (SELECT id FROM part) ORDER BY g.id
            """
        ).map { (key: try $0.get(0, as: Int64.self), type: try $0.get(1, as: String.self), name: try $0.get(2, as: String.self)) }
        var parts: [Part] = []
        for (type, rows) in Dictionary(grouping: rows, by: \.type).sorted(by: { $0.key < $1.key }) {
            guard let kind = kinds.first(where: { $0.typeName == type }) else {
                parts += rows.map { Part(name: $0.name, test: .nobody("No plugin knows content guards of type \(type).")) }
                continue
            }
            parts += try Self.parts(kind, rows.map(\.key), resources, in: db)
        }
        self.parts = rows.count == 1 ? parts.map { Part(name: nil, test: $0.test) } : parts
    }

    private static func parts<K: ContentGuardKind>(
        _ kind: K.Type, _ keys: [Int64], _ resources: Resources, in db: any SQLConnection
    ) throws -> [Part] {
        let secrets = GuardSecrets(box: resources.box)
        return try resources.list(kind, where: "t.id \(in: keys)", in: db).compactMap { record in
            K.test(of: record, secrets).map { Part(name: record.contentGuard.name, test: $0) }
        }
    }
}
