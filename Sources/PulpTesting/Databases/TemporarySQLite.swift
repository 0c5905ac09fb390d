internal import PulpCore

/// SQLite databases for tests, each a file in a folder of its own.
public enum TemporarySQLite {
    /// Runs a body with an empty database, and removes it.
    public static func with<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (TemporaryDatabase) async throws -> Value
    ) async throws -> Value {
        try await TemporaryDirectory.with { folder in
            let path = "\(folder.path)/pulp.sqlite3"
            return try await body(TemporaryDatabase(description: "SQLite") { try SQLiteDatabase(path: path) })
        }
    }
}
