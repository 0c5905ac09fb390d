import PulpTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct SQLiteConformanceTests {
    @Test(arguments: DatabaseConformance.checks)
    func sqlite(check: DatabaseConformance.Check) async throws {
        try await DatabaseKind.sqlite.withTemporaryDatabase { try await check.run(on: $0) }
    }
}
