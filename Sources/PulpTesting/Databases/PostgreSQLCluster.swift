internal import PulpCore
internal import PulpPostgreSQL

/// One PostgreSQL server, started when it is first asked for a database.
actor PostgreSQLCluster {
    private var server: Task<PostgreSQLServer, any Error>?
    private var databases = 0

    /// Makes an empty database and returns its URL.
    /// - Parameter folder: an empty folder that the tables are kept in, in place of the cluster's own.
    func createDatabase(in folder: String? = nil) async throws -> String {
        databases += 1
        let name = "test\(databases)"
        if let folder {
            try PostgreSQLServer.giveToServer(folder)
            try await command("CREATE TABLESPACE \(name) LOCATION '\(folder)'")
        }
        try await command("CREATE DATABASE \(name)" + (folder == nil ? "" : " TABLESPACE \(name)"))
        return try await running().url(of: name)
    }

    /// Drops a database, and whatever connections it still has.
    func dropDatabase(_ url: String, hasFolder: Bool = false) async throws {
        let name = url.prefix { $0 != "?" }.split(separator: "/").last ?? ""
        try await command("DROP DATABASE \(name) WITH (FORCE)")
        if hasFolder { try await command("DROP TABLESPACE \(name)") }
    }

    private func command(_ text: String) async throws {
        let server = try await running()
        try await onThread("pulp.cluster") { try AdministrativeCommand.run(text, on: server.url(of: "postgres")) }
    }

    private func running() async throws -> PostgreSQLServer {
        let task = server ?? Task { try await onThread("pulp.cluster") { try PostgreSQLServer.start() } }
        server = task
        return try await task.value
    }
}
