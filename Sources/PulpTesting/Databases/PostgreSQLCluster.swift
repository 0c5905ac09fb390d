internal import PulpCore
internal import PulpPostgreSQL

/// One PostgreSQL server, started when it is first asked for a database.
actor PostgreSQLCluster {
    private var server: Task<PostgreSQLServer, any Error>?
    private var databases = 0

    /// Makes an empty database and returns its URL.
    func createDatabase() async throws -> String {
        databases += 1
        let name = "test\(databases)"
        let server = try await running()
        try await onThread("pulp.cluster") { try AdministrativeCommand.run("CREATE DATABASE \(name)", on: server.url(of: "postgres")) }
        return server.url(of: name)
    }

    /// Drops a database, and whatever connections it still has.
    func dropDatabase(_ url: String) async throws {
        let server = try await running()
        let name = url.prefix { $0 != "?" }.split(separator: "/").last ?? ""
        try await onThread("pulp.cluster") {
            try AdministrativeCommand.run("DROP DATABASE \(name) WITH (FORCE)", on: server.url(of: "postgres"))
        }
    }

    private func running() async throws -> PostgreSQLServer {
        let task = server ?? Task { try await onThread("pulp.cluster") { try PostgreSQLServer.start() } }
        server = task
        return try await task.value
    }
}
