import PulpTesting

/// The database of a run: a file in the data directory, or a server of its own.
enum FaultDatabase: Sendable {
    case file
    case server(DurablePostgreSQL)

    static func with(_ kind: DatabaseKind, _ body: (FaultDatabase) async throws -> Void) async throws {
        switch kind {
        case .sqlite: try await body(.file)
        case .postgreSQL: try await DurablePostgreSQL.with { try await body(.server($0)) }
        }
    }

    var environment: [String: String] {
        if case .server(let server) = self { ["PULP_DATABASE_URL": server.url] } else { [:] }
    }
}
