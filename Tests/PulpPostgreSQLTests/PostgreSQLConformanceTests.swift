import PulpTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct PostgreSQLConformanceTests {
    @Test(arguments: DatabaseConformance.checks)
    func postgreSQL(check: DatabaseConformance.Check) async throws {
        try await DatabaseKind.postgreSQL.withTemporaryDatabase { try await check.run(on: $0) }
    }
}
