import PulpCore
import PulpTesting
import Testing

@Suite struct SmokeTests {
    @Test(arguments: DatabaseKind.allCases)
    func aTableIsMadeFilledAndRead(kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            var rows = SQLRows([("name", .text), ("size", .integer)])
            rows.append(["a".sql, 1.sql])
            rows.append(["b".sql, .null])
            let made = rows
            let names = try await database.write { db in
                try db.execute("CREATE TABLE file (name TEXT, size BIGINT)")
                try db.execute("INSERT INTO file (name, size) SELECT name, size FROM \(rows: made, as: "r")")
                return try db.query("SELECT name FROM file WHERE name \(in: ["a", "b", "c"]) ORDER BY name").map { try $0.get(0, as: String.self) }
            }
            #expect(names == ["a", "b"])
        }
    }
}
