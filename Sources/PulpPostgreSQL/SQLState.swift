internal import PulpCore

/// PostgreSQL's five-character error code.
///
/// See https://www.postgresql.org/docs/current/errcodes-appendix.html.
struct SQLState: Hashable, Sendable, ExpressibleByStringLiteral {
    let text: String

    init(_ text: String) { self.text = text }
    init(stringLiteral text: String) { self.text = text }

    static let serializationFailure: Self = "40001"
    static let deadlock: Self = "40P01"
    static let featureNotSupported: Self = "0A000"
    static let unknownStatement: Self = "26000"

    /// What a caller may want to tell apart.
    var code: DatabaseError.Code {
        switch text {
        case "23505", "23P01": .uniqueViolation
        case "23503", "23001": .foreignKeyViolation
        case "23514": .checkViolation
        case "23502": .notNullViolation
        case "2201B": .invalidPattern
        case "25006", "42501": .readOnly
        case "53100": .full
        case "40001", "40P01", "55P03", "57014": .busy
        case "25P03", "53300", "57P01", "57P02", "57P03", "57P04", "57P05": .unavailable
        case _ where text.hasPrefix("08"): .unavailable
        default: .other
        }
    }
}

/// A statement that the server refused, or that never got an answer.
struct ServerError: Error {
    /// nil when the connection broke without a word.
    let state: SQLState?
    /// The server's function that raised the error.
    let routine: String?
    let error: DatabaseError

    init(state: SQLState?, routine: String? = nil, _ error: DatabaseError) {
        (self.state, self.routine, self.error) = (state, routine, error)
    }

    /// Whether the transaction may succeed when it is run again from its start.
    var asksForRetry: Bool {
        state == .serializationFailure || state == .deadlock || hasStalePlan
    }

    /// Whether a prepared statement is of no more use: another session changed a table that it reads, or a connection pooler
    /// between us and the server has changed servers.
    var hasStalePlan: Bool {
        state == .unknownStatement || (state == .featureNotSupported && routine == "RevalidateCachedQuery")
    }
}
