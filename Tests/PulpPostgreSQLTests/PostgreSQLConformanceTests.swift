import PulpTesting
import Testing

@Suite(.timeLimit(.minutes(2))) struct PostgreSQLConformanceTests {
    @Test(arguments: DatabaseConformance.checks)
    func postgreSQL(check: DatabaseConformance.Check) async throws {
        try await DatabaseKind.postgreSQL.withTemporaryDatabase { try await check.run(on: $0) }
    }
}
