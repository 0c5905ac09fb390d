public import PulpCore
internal import PulpPostgreSQL

/// An empty database for one test, of which every ``open()`` is another program's view.
public struct TemporaryDatabase: Sendable, CustomStringConvertible {
    /// What a program takes for `PULP_DATABASE_URL`: `postgresql://…`, or nil for SQLite.
    public let url: String?
    /// What names the database in a test's report.
    public let description: String
    private let connect: @Sendable () throws -> any Database

    /// Describes a database of any kind, for ``DatabaseConformance``.
    public init(description: String, url: String? = nil, open: @escaping @Sendable () throws -> any Database) {
        (self.description, self.url, connect) = (description, url, open)
    }

    /// Opens the database, which whoever opens it closes.
    public func open() throws -> any Database { try connect() }

    /// Opens the database for the extent of a body.
    public func withDatabase<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (any Database) async throws -> Value
    ) async throws -> Value {
        let database = try open()
        do {
            let value = try await body(database)
            try await database.close()
            return value
        } catch {
            // The body's error says more than that of closing what it broke.
            try? await database.close()
            throw error
        }
    }

    /// Opens the database twice, as two processes would.
    public func withTwoDatabases<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (any Database, any Database) async throws -> Value
    ) async throws -> Value {
        try await withDatabase { one in
            try await withDatabase { other in try await body(one, other) }
        }
    }
}
