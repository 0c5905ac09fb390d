import PulpCore
import Testing

@testable import PulpPostgreSQL

@Suite struct SQLStateTests {
    @Test(arguments: [
        ("23505", DatabaseError.Code.uniqueViolation), ("23503", .foreignKeyViolation), ("23514", .checkViolation),
        ("23502", .notNullViolation), ("25006", .readOnly), ("53100", .full), ("08006", .unavailable), ("57P01", .unavailable),
        ("40001", .busy), ("40P01", .busy), ("55P03", .busy), ("42601", .other),
    ])
    func statesHaveCodes(state: String, code: DatabaseError.Code) {
        #expect(SQLState(state).code == code)
    }
}
