internal import PulpCore

extension DatabaseConformance {
    static let tables = [
        Check("a list may have any length") { database in
            // Made before: a server ends a transaction in which nothing happens for too long.
            let texts = (0..<100_000).map { "t\($0 * 2)" }
            try await database.write { db in
                try db.makeNumbers(1000)
                try expectEqual(try db.count("number \(in: [Int]())"), 0)
                try expectEqual(try db.count("NOT (number \(in: [Int]()))"), 1000)
                try expectEqual(try db.count("text \(in: [String]())"), 0)
                try expectEqual(try db.count("flag \(in: [Bool]())"), 0)
                try expectEqual(try db.count("number \(in: [7])"), 1)
                try expectEqual(try db.count("number \(in: 500..<100_500)"), 500)
                try expectEqual(try db.count("text \(in: texts)"), 500)
                try expectEqual(try db.count("flag \(in: [true])"), 500)
                try expectEqual(try db.count("fraction \(in: [0.5, 1.5, 0.25])"), 2)
                try expectEqual(try db.count("number \(in: [nil, 3, nil])"), 1)
                try expectEqual(try db.count("number \(in: [Int?.none])"), 0)
            }
        },
        Check("a table of values may have no rows, or a hundred thousand") { database in
            let many = numbers(100_000)
            try await database.write { db in
                try db.makeNumbers(0)
                try expectEqual(try db.insert(numbers(0)), 0)
                try expectEqual(try db.insert(many), 100_000)
                try expectEqual(try db.count("TRUE"), 100_000)
                try expectEqual(try db.value("SELECT SUM(number) FROM value", as: Int.self), 4_999_950_000)
                try expectEqual(try db.query("SELECT number FROM \(rows: numbers(5000), as: "r")").map { try $0.get(0) }, Array(0..<5000))
            }
        },
        Check("tables of values can be joined, searched and left out") { database in
            try await database.write { db in
                try db.makeNumbers(1000)
                var rows = SQLRows([("key", .integer), ("name", .text)])
                for key in [5, 7, 5000, 7] { rows.append([key.sql, "n\(key)".sql]) }
                rows.append([.null, .null])
                let joined: SQL = "SELECT r.name FROM \(rows: rows, as: "r") JOIN value AS v ON v.number = r.key ORDER BY r.name"
                try expectEqual(try db.query(joined).map { try $0.get(0) }, ["n5", "n7", "n7"])
                let missing: SQL = """
                    SELECT r.name FROM \(rows: rows, as: "r") LEFT JOIN value AS v ON v.number = r.key
                    WHERE v.id IS NULL AND r.key IS NOT NULL
                    """
                try expectEqual(try db.query(missing).map { try $0.get(0) }, ["n5000"])
                try expectEqual(
                    try db.count("NOT EXISTS (SELECT 1 FROM \(rows: rows, as: "r") WHERE r.key = value.number)"), 998)
                try expectEqual(try db.count("number IN (SELECT key FROM \(rows: rows, as: "r"))"), 2)
                try expectEqual(
                    try db.query("SELECT v.id, r.name FROM value AS v LEFT JOIN \(rows: rows, as: "r") ON r.key = v.number").count, 1001)
                let both: SQL = """
                    SELECT a.key FROM \(rows: rows, as: "a") JOIN \(rows: rows, as: "b") ON a.key = b.key AND a.name = b.name
                    """
                try expectEqual(try db.query(both).count, 6)
                let latest: SQL = """
                    SELECT key FROM (SELECT key, row_number() OVER (PARTITION BY key ORDER BY name) AS n
                        FROM \(rows: rows, as: "r") WHERE key IS NOT NULL) AS s WHERE n = 1 ORDER BY key
                    """
                try expectEqual(try db.query(latest).map { try $0.get(0) }, [5, 7, 5000])
                try expectEqual(
                    try db.execute("UPDATE value SET text = r.name FROM \(rows: rows, as: "r") WHERE value.number = r.key"), 2)
                try expectEqual(try db.count("text \(in: ["n5", "n7"])"), 2)
                try expectEqual(try db.execute("DELETE FROM value WHERE number IN (SELECT key FROM \(rows: rows, as: "r"))"), 2)
            }
        },
        Check("rows that are there already are kept, changed, and returned as asked") { database in
            try await database.write { db in
                try db.create("CREATE TABLE unit (id {identity}, name {text} NOT NULL UNIQUE, size {integer})")
                func insert(_ names: [String], _ size: Int, _ conflict: SQL) throws -> [String] {
                    var rows = SQLRows([("name", .text), ("size", .integer)])
                    for name in names { rows.append([name.sql, size.sql]) }
                    return try db.query(
                        """
                        INSERT INTO unit (name, size) SELECT name, size FROM \(rows: rows, as: "r") WHERE TRUE
                        ON CONFLICT (name) \(sql: conflict) RETURNING name, id
                        """
                    ).map { row in
                        try expect(try row.get("id", as: Int64.self) > 0, "ids are positive")
                        return try row.get(0)
                    }
                }
                try expectEqual(try insert(["a", "b"], 1, "DO NOTHING"), ["a", "b"])
                try expectEqual(try insert(["b", "c"], 2, "DO NOTHING"), ["c"])
                try expectEqual(try insert(["c", "d"], 3, "DO UPDATE SET size = excluded.size"), ["c", "d"])
                try expectEqual(try db.query("SELECT size FROM unit ORDER BY name").map { try $0.get(0) }, [1, 1, 3, 3])
            }
        },
        Check("the key of a deleted row is not given to another one") { database in
            try await database.write { db in try db.create("CREATE TABLE unit (id {identity}, name {text} NOT NULL)") }
            var keys: [Int64] = []
            for name in ["a", "b", "c"] {
                let key = try await database.write { db in
                    try db.value("INSERT INTO unit (name) VALUES (\(name)) RETURNING id", as: Int64.self)
                }
                keys.append(key ?? 0)
                _ = try await database.write { db in try db.execute("DELETE FROM unit") }
            }
            try expect(Set(keys).count == 3, "three keys, not \(keys)")
        },
        Check("rows are handed over one by one, and the body may run statements") { database in
            try await database.write { db in
                try db.makeNumbers(3000)
                var sum = 0
                try db.forEach("SELECT number FROM value ORDER BY number") { row in
                    let number = try row.get(0, as: Int.self)
                    if number % 100 == 0 {
                        sum += try db.value("SELECT number FROM value WHERE number = \(number)", as: Int.self) ?? 0
                    }
                }
                try expectEqual(sum, 43_500)
                var pairs = 0
                try db.forEach("SELECT number FROM value WHERE number < 20 ORDER BY number") { _ in
                    try db.forEach("SELECT number FROM value WHERE number < 20 ORDER BY number") { _ in pairs += 1 }
                }
                try expectEqual(pairs, 400)
                struct Enough: Error {}
                var seen = 0
                do {
                    try db.forEach("SELECT number FROM value") { _ in
                        seen += 1
                        if seen == 10 { throw Enough() }
                    }
                } catch is Enough {}
                try expectEqual(seen, 10)
                try expectEqual(try db.count("TRUE"), 3000)
            }
        },
        Check("statements say how many rows they changed") { database in
            try await database.write { db in
                try db.makeNumbers(10)
                try expectEqual(try db.execute("UPDATE value SET flag = \(true) WHERE number < 4"), 4)
                try expectEqual(try db.execute("UPDATE value SET flag = \(true) WHERE number < 0"), 0)
                try expectEqual(try db.execute("DELETE FROM value WHERE number > 7"), 2)
            }
        },
    ]

    static func numbers(_ count: Int) -> SQLRows {
        var rows = SQLRows([("text", .text), ("number", .integer), ("fraction", .real), ("flag", .boolean)])
        for number in 0..<count {
            rows.append([.text("t\(number)"), number.sql, (Double(number) + 0.5).sql, (number % 2 == 0).sql])
        }
        return rows
    }
}

extension SQLConnection {
    fileprivate func makeNumbers(_ count: Int) throws {
        try makeValueTable()
        try insert(DatabaseConformance.numbers(count))
    }

    @discardableResult
    fileprivate func insert(_ rows: SQLRows) throws -> Int {
        try execute(
            """
            INSERT INTO value (text, number, fraction, flag) SELECT text, number, fraction, flag FROM \(rows: rows, as: "r")
            """)
    }

    fileprivate func count(_ condition: SQL) throws -> Int? {
        try value("SELECT COUNT(*) FROM value WHERE \(sql: condition)")
    }
}
