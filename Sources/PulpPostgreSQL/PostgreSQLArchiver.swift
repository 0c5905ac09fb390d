internal import PulpCore

/// Copies a PostgreSQL database by the programs that PostgreSQL has for it.
struct PostgreSQLArchiver: DatabaseArchiver {
    let database: PostgreSQLDatabase
    let parameters: ConnectionParameters

    var format: String { "postgresql" }

    /// Has `pg_dump` write its custom format, which is compressed.
    func write(to path: String) async throws {
        try await ClientProgram(name: "pg_dump").run(
            server: try await serverVersion(), ["--format=custom", "--no-owner", "--no-privileges", "--file=\(path)"],
            to: ServiceFile(parameters.options()))
    }

    /// Has `pg_restore` read it, in one transaction, and the server look at how much there is of what.
    func read(from path: String) async throws {
        try await ClientProgram(name: "pg_restore").run(
            server: try await serverVersion(),
            ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", path], to: ServiceFile(parameters.options()))
        // Without it, the server plans as if all tables were empty.
        _ = try await database.write { db in try db.execute("ANALYZE") }
    }

    func firstTable() async throws -> String? {
        try await database.read { db in
            try db.value(
                """
                SELECT CAST(c.relname AS text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!' ORDER BY c.relname LIMIT 1
                """, as: String.self)
        }
    }

    private func serverVersion() async throws -> Int {
        try await database.read { db in
            (try db.value("SELECT CAST(current_setting('server_version_num') AS bigint)", as: Int.self) ?? 0) / 10_000
        }
    }
}
