internal import PulpCore

extension DatabaseConformance {
    static let errors = [
        Check("broken constraints have codes, and are named") { database in
            try await database.write { db in
                try db.create("CREATE TABLE owner (id {integer} PRIMARY KEY)")
                try db.create(
                    """
                    CREATE TABLE pet (id {integer} PRIMARY KEY, owner {integer} REFERENCES owner (id), name {text} NOT NULL UNIQUE,
                        age {integer}, CONSTRAINT grown_up CHECK (age > 0))
                    """)
                try db.execute("INSERT INTO owner (id) VALUES (1)")
                try db.execute("INSERT INTO pet (id, owner, name) VALUES (1, 1, 'Rex')")
            }
            func failing(_ code: DatabaseError.Code, naming name: String?, _ sql: SQL) async throws {
                let error = try await expectError(code) { try await database.write { try $0.execute(sql) } }
                if let name { try expect(error.message.contains(name), "\(error.message) does not name \(name)") }
                try expect(!"\(error)".contains("secret"), "an error shows a value: \(error)")
            }
            try await failing(.uniqueViolation, naming: "pet", "INSERT INTO pet (id, name) VALUES (2, 'Rex')")
            try await failing(.uniqueViolation, naming: "pet", "INSERT INTO pet (id, name) VALUES (1, \("secret"))")
            try await failing(.foreignKeyViolation, naming: nil, "INSERT INTO pet (id, name, owner) VALUES (2, \("secret"), 9)")
            try await failing(.foreignKeyViolation, naming: nil, "DELETE FROM owner")
            try await failing(.checkViolation, naming: "grown_up", "INSERT INTO pet (id, name, age) VALUES (2, \("secret"), 0)")
            try await failing(.notNullViolation, naming: "name", "INSERT INTO pet (id) VALUES (2)")
            try expectEqual(try await database.read { try $0.value("SELECT COUNT(*) FROM pet", as: Int.self) }, 1)
        },
        Check("a wrong statement is an error that quotes it") { database in
            let error = try await expectError(.other) { try await database.read { try $0.query("SELECT nonsense FROM nowhere").count } }
            try expect(error.statement?.contains("nowhere") == true, "\(error) does not quote the statement")
        },
        Check("a column that is not there, or holds something else, is an error") { database in
            for wrong in ["text", "missing"] {
                do {
                    _ = try await database.read { db in
                        try db.query("SELECT CAST('a' AS TEXT) AS text")[0].get(wrong, as: Int.self)
                    }
                    throw Failure(description: "the column \(wrong) was read as a number")
                } catch is UnexpectedSQLValue {}
            }
        },
        Check("a closed database says so") { store in
            let database = try store.open()
            try await database.write { try $0.makeValueTable() }
            let announcements = database.announcements()
            try await database.close()
            try await expectError(.closed) { try await database.read { try $0.query("SELECT 1").count } }
            try await expectError(.closed) { try await database.write { try $0.query("SELECT 1").count } }
            for await _ in announcements {}
            for await _ in database.announcements() {}
            try await database.close()
        },
    ]
}
