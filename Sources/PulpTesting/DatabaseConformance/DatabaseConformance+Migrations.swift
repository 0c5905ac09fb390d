internal import PulpCore

extension DatabaseConformance {
    private static let steps = [
        Migration("first") { db in
            try db.create("CREATE TABLE counter (number {integer} NOT NULL)")
            try db.execute("INSERT INTO counter (number) VALUES (0)")
        },
        Migration("second") { db in try db.execute("UPDATE counter SET number = number + 1") },
    ]

    static let migrations = [
        Check("migrations run once, in order") { database in
            try await database.migrate(Array(steps.prefix(1)), family: "test")
            for _ in 0..<3 { try await database.migrate(steps, family: "test") }
            try expectEqual(try await database.read { try $0.value("SELECT number FROM counter") }, 1)
        },
        Check("many processes may migrate at once") { store in
            try await store.withTwoDatabases { one, other in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<8 {
                        group.addTask { try await (index % 2 == 0 ? one : other).migrate(steps, family: "test") }
                    }
                    try await group.waitForAll()
                }
                try expectEqual(try await one.read { try $0.value("SELECT number FROM counter") }, 1)
            }
        },
        Check("a database of a newer program is refused") { database in
            try await database.migrate(steps, family: "test")
            do {
                try await database.migrate(Array(steps.prefix(1)), family: "test")
                throw Failure(description: "an older program took the database")
            } catch let error as PulpError {
                try expectEqual(error.code, .systemState)
            }
            try await database.migrate(Array(steps.prefix(0)), family: "another")
        },
        Check("a migration that fails leaves the layout as it was") { database in
            let broken = steps + [Migration("third") { try $0.execute("UPDATE nowhere SET number = 1") }]
            try await expectError(.other) { try await database.migrate(broken, family: "test") }
            try await database.migrate(steps, family: "test")
            try expectEqual(try await database.read { try $0.value("SELECT number FROM counter") }, 1)
        },
        Check("the core's layout can be made") { database in
            try await database.migrate(Migrations.core, family: "core")
            try await database.migrate(Migrations.core, family: "core")
            try expectEqual(try await database.read { try $0.value("SELECT name FROM domain WHERE id = 1") }, "default")
        },
    ]
}
