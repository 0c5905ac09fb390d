internal import PulpCore

extension DatabaseConformance {
    static let texts = [
        "", "plain", "o'hara", #"a "quoted" \ {word},NULL"#, "null", "line\nfeed\ttab\r", "Grüße", "日本語", "👩‍👩‍👧", "\u{FEFF}", "\u{1}",
        nfc, nfd, "$1 ?1 :a @b", "[1,2]", "{}", " ", String(repeating: "long ", count: 200_000),
    ]
    /// Two names that Swift takes for one, and file systems for two.
    static let (nfc, nfd) = ("caf\u{E9}", "cafe\u{301}")
    static let integers: [Int64] = [0, 1, -1, 1 << 53 + 1, .max, .min]
    static let reals = [0, -0.0, 0.1, 1.0, -2.5, 1e300, .greatestFiniteMagnitude, .leastNonzeroMagnitude]

    static let values = [
        Check("every value reads back as it was written") { database in
            try await database.write { db in
                try db.makeValueTable()
                for text in texts { try db.execute("INSERT INTO value (text) VALUES (\(text))") }
                for number in integers { try db.execute("INSERT INTO value (number) VALUES (\(number))") }
                for real in reals { try db.execute("INSERT INTO value (fraction) VALUES (\(real))") }
                for flag in [true, false] { try db.execute("INSERT INTO value (flag) VALUES (\(flag))") }
            }
            try await database.read { db in
                let found = try db.query("SELECT text FROM value WHERE text IS NOT NULL ORDER BY id").map { try $0.get(0, as: String.self) }
                try expectEqual(found.map { Array($0.utf8) }, texts.map { Array($0.utf8) })
                try expectEqual(
                    try db.query("SELECT number FROM value WHERE number IS NOT NULL ORDER BY id").map { try $0.get("number") }, integers)
                let fractions = try db.query("SELECT fraction FROM value WHERE fraction IS NOT NULL ORDER BY id")
                try expectEqual(try fractions.map { try $0.get(0, as: Double.self) }, reals)
                try expectEqual(
                    try db.query("SELECT flag FROM value WHERE flag IS NOT NULL ORDER BY id").map { try $0.get(0) }, [true, false])
                try expectEqual(try db.value("SELECT COUNT(*) FROM value WHERE text IS NULL", as: Int.self), 16)
            }
        },
        Check("a table of values reads back as it was written") { database in
            try await database.write { db in
                try db.makeValueTable()
                var rows = SQLRows(valueColumns)
                for text in texts { rows.append([.text(text), .null, .null, .null, .null]) }
                for number in integers { rows.append([.null, .integer(number), .null, .null, .null]) }
                for real in reals { rows.append([.null, .null, .real(real), .null, .null]) }
                for flag in [true, false] { rows.append([.null, .null, .null, .boolean(flag), .null]) }
                rows.append([.null, .null, .null, .null, .text(#"{"a": [1, "b"]}"#)])
                try expectEqual(
                    try db.execute(
                        """
                        INSERT INTO value (text, number, fraction, flag, document)
                        SELECT text, number, fraction, flag, document FROM \(rows: rows, as: "r")
                        """), rows.count)
                let found = try db.query("SELECT text, number, fraction, flag, document FROM value ORDER BY id")
                for (row, found) in zip(0..., found) {
                    let wanted = rows.values[row * 5..<row * 5 + 5]
                    try expectEqual(
                        try found.get(0, as: String?.self).map { Array($0.utf8) }, try String?(sql: wanted[row * 5]).map { Array($0.utf8) })
                    try expectEqual(try found.get(1, as: Int64?.self), try Int64?(sql: wanted[row * 5 + 1]))
                    try expectEqual(try found.get(2, as: Double?.self), try Double?(sql: wanted[row * 5 + 2]))
                    try expectEqual(try found.get(3, as: Bool?.self), try Bool?(sql: wanted[row * 5 + 3]))
                    try expectEqual(try found.get(4, as: String?.self), try String?(sql: wanted[row * 5 + 4]))
                }
            }
        },
        Check("a text with a NUL character is refused") { database in
            try await database.write { db in
                try db.makeValueTable()
                try db.execute("INSERT INTO value (text) VALUES ('b')")
            }
            let text = "a\0b"
            try await expectError(.other) { try await database.write { try $0.execute("INSERT INTO value (text) VALUES (\(text))") } }
            try await expectError(.other) {
                try await database.read { try $0.query("SELECT id FROM value WHERE text \(in: ["a", text])").count + 1 }
            }
            try await expectError(.other) {
                var rows = SQLRows([("text", .text)])
                rows.append([.text(text)])
                let made = rows
                return try await database.write { try $0.execute("INSERT INTO value (text) SELECT text FROM \(rows: made, as: "r")") }
            }
        },
        Check("texts compare and sort by their bytes") { database in
            let names = ["a", "B", "Z", "_", "é", "e\u{301}", "a b", "ab", "a-b", "10", "9", "ß", "ss", "😀", "\u{FB01}"]
            try await database.write { db in
                try db.makeValueTable()
                try db.create("CREATE TABLE name (name {text} PRIMARY KEY)")
                for name in names + [nfc, nfd] { try db.execute("INSERT INTO name (name) VALUES (\(name))") }
                let found = try db.query("SELECT name FROM name ORDER BY name").map { Array(try $0.get(0, as: String.self).utf8) }
                try expectEqual(found, (names + [nfc, nfd]).map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
                for name in [nfc, nfd] {
                    try expectEqual(try db.value("SELECT COUNT(*) FROM name WHERE name = \(name)", as: Int.self), 1)
                    try expectEqual(try db.value("SELECT COUNT(*) FROM name WHERE name \(in: [name])", as: Int.self), 1)
                    var rows = SQLRows([("name", .text)])
                    rows.append([.text(name)])
                    try expectEqual(
                        try db.query("SELECT n.name FROM \(rows: rows, as: "r") JOIN name AS n ON n.name = r.name").count, 1)
                }
            }
        },
        Check("one statement takes nulls and values in turn") { database in
            try await database.write { db in
                try db.makeValueTable()
                for round in 0..<3 {
                    for text in [nil, "a"] {
                        for number in [nil, 7] {
                            try db.execute("INSERT INTO value (text, number, flag) VALUES (\(text), \(number), \(round == 0 ? nil : true))")
                            let found = try db.value(
                                "SELECT COUNT(*) FROM value WHERE text IS NOT DISTINCT FROM \(text) AND number IS NOT DISTINCT FROM \(number)",
                                as: Int.self)
                            try expectEqual(found, round + 1)
                        }
                    }
                }
            }
        },
        Check("sums and counts of integers are integers") { database in
            try await database.write { db in
                try db.makeValueTable()
                for number in [Int64.max - 10, 3] { try db.execute("INSERT INTO value (number, flag) VALUES (\(number), \(true))") }
                try expectEqual(try db.value("SELECT SUM(number) FROM value"), Int64.max - 7)
                try expectEqual(try db.value("SELECT COUNT(*) FROM value WHERE flag AND NOT number = 3", as: Int64.self), 1)
                try expectEqual(try db.value("SELECT CAST(number AS TEXT) FROM value WHERE number < 5"), "3")
                try expectEqual(try db.value("SELECT SUM(number) FROM value WHERE number = 0", as: Int64.self), nil)
            }
        },
        Check("members of JSON documents are text") { database in
            try await database.write { db in
                try db.makeValueTable()
                let document = #"{"env": "prod", "a.b": "dot", "$x": "dollar", "o'k": "quote", "n": 12, "t": true, "f": false, "z": null}"#
                try db.execute("INSERT INTO value (document) VALUES (\(document))")
                try db.execute("INSERT INTO value (document) VALUES (\("{}"))")
                for (key, wanted) in [
                    ("env", "prod"), ("a.b", "dot"), ("$x", "dollar"), ("o'k", "quote"), ("n", "12"), ("t", "true"), ("f", "false"),
                ] {
                    try expectEqual(try db.query("SELECT id FROM value WHERE \(member: key, of: "document") = \(wanted)").count, 1)
                }
                for key in ["z", "none", "0", ""] {
                    try expectEqual(try db.query("SELECT id FROM value WHERE \(member: key, of: "document") IS NULL").count, 2)
                }
                try expectEqual(try db.value("SELECT document FROM value ORDER BY id"), document)
            }
        },
    ]

    static let valueColumns: [(name: String, type: ColumnType)] = [
        ("text", .text), ("number", .integer), ("fraction", .real), ("flag", .boolean), ("document", .json),
    ]
}

extension SQLConnection {
    func makeValueTable() throws {
        try create(
            "CREATE TABLE value (id {identity}, text {text}, number {integer}, fraction {real}, flag {boolean}, document {json})")
    }
}
