internal import PulpCore
internal import PulpPostgreSQL

/// A PostgreSQL server of one test's own that writes as durably as one in earnest, and that the test can stop hard and start
/// again.
///
/// It goes when this process ends, however that ends, as the server of ``TemporaryPostgreSQL`` does.
public struct DurablePostgreSQL: Sendable {
    private static let name = "pulp"

    private let server: PostgreSQLServer

    /// The address of its one database, which is empty at first.
    public var url: String { server.url(of: Self.name) }

    /// Runs a body beside a server, which is gone afterwards with all that it kept.
    /// - Throws: what the body throws, and ``PulpError`` where PostgreSQL's server is not installed.
    public static func with<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (DurablePostgreSQL) async throws -> Value
    ) async throws -> Value {
        let server = try await onThread("pulp.server") { try PostgreSQLServer.start(.full) }
        defer { server.end() }
        let administration = server.url(of: "postgres")
        try await onThread("pulp.server") { try AdministrativeCommand.run("CREATE DATABASE \(name)", on: administration) }
        return try await body(DurablePostgreSQL(server: server))
    }

    /// Stops the server at once, as a crash would.
    public func halt() async throws {
        let server = server
        try await onThread("pulp.server") { try server.halt() }
    }

    /// Starts the server again, and waits until it answers.
    public func resume() async throws {
        let server = server
        try await onThread("pulp.server") { try server.resume() }
    }

    /// Writes the database into a file, as SQL.
    public func dump(to path: String) async throws {
        let server = server
        try await onThread("pulp.server") { try server.dump(Self.name, to: path) }
    }
}
