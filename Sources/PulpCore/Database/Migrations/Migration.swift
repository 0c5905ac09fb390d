/// One step of the database's layout.
///
/// Steps are numbered from 1, run once each, in order, and are never changed after release.
public struct Migration: Sendable {
    /// What the step does, for who reads the table of migrations.
    public let name: String
    let body: @Sendable (any SQLConnection) throws -> Void

    /// A step whose body runs in one transaction with all other steps that are missing.
    public init(_ name: String, _ body: @escaping @Sendable (any SQLConnection) throws -> Void) {
        (self.name, self.body) = (name, body)
    }
}

extension Database {
    /// Brings the database to the layout that this program knows; any number of processes may call it at once.
    ///
    /// All missing steps run in one transaction: a process that is killed in the middle leaves the layout as it was.
    /// - Throws: ``PulpError`` with `systemState` when a newer program has migrated the database already.
    package func migrate(_ migrations: [Migration], family: String) async throws {
        // Nothing is written where nothing is missing: not every process may.
        if try await layout(of: family) == migrations.count { return }
        try await write { db in
            try db.lock("migration")
            try db.execute(
                """
                CREATE TABLE IF NOT EXISTS migration (
                    family \(raw: db.dialect.typeName(.text)) NOT NULL, number BIGINT NOT NULL,
                    name \(raw: db.dialect.typeName(.text)) NOT NULL, applied BIGINT NOT NULL, PRIMARY KEY (family, number))
                """)
            let done = try db.value("SELECT COALESCE(MAX(number), 0) FROM migration WHERE family = \(family)", as: Int.self) ?? 0
            guard done <= migrations.count else {
                throw PulpError(
                    .systemState,
                    "the database is newer than this program: its layout of \(family) has number \(done), this program knows \(migrations.count)"
                )
            }
            for (index, migration) in migrations.enumerated().dropFirst(done) {
                try migration.body(db)
                try db.execute(
                    """
                    INSERT INTO migration (family, number, name, applied)
                    VALUES (\(family), \(index + 1), \(migration.name), \(Timestamp.now))
                    """)
            }
        }
    }
}

extension Database {
    /// The number of the last step that was run; nil when there is no table of steps yet.
    private func layout(of family: String) async throws -> Int? {
        do {
            return try await read { db in
                try db.value("SELECT COALESCE(MAX(number), 0) FROM migration WHERE family = \(family)", as: Int.self)
            }
        } catch let error as DatabaseError where error.code == .other {
            return nil
        }
    }
}

extension SQLConnection {
    /// Creates a table from its columns and constraints, each in the shared subset with the type words
    /// `{identity}`, `{integer}`, `{text}`, `{boolean}`, `{json}` and `{real}` in place of the database's own.
    package func create(_ statement: String) throws {
        var text = statement
        text.replace("{identity}", with: dialect.identity)
        for (word, type) in [("integer", ColumnType.integer), ("text", .text), ("boolean", .boolean), ("json", .json), ("real", .real)] {
            text.replace("{\(word)}", with: dialect.typeName(type))
        }
        try execute(SQL(raw: text))
    }
}
