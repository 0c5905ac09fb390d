internal import PulpCore

/// A connection inside a transaction, as the rest of Pulp sees it.
final class PostgreSQLTransaction: SQLConnection {
    private let connection: PostgreSQLConnection
    private let cancellation: Cancellation
    private var hasAnnounced = false
    /// The error that doomed the transaction: the server takes no statement after it.
    private(set) var failure: ServerError?

    init(_ connection: PostgreSQLConnection, _ cancellation: Cancellation) {
        (self.connection, self.cancellation) = (connection, cancellation)
    }

    var dialect: Dialect { .postgreSQL }

    func execute(_ sql: SQL) throws -> Int {
        try noticingFailure { () throws -> Int in
            let (text, bindings) = sql.rendered(for: .postgreSQL)
            return try connection.run(text, bindings) { _ in }
        }
    }

    func query(_ sql: SQL) throws -> [Row] {
        try noticingFailure { () throws -> [Row] in
            let (text, bindings) = sql.rendered(for: .postgreSQL)
            var rows: [Row] = []
            try connection.run(text, bindings) { rows.append($0) }
            return rows
        }
    }

    func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        try noticingFailure {
            let (text, bindings) = sql.rendered(for: .postgreSQL)
            try connection.stream(text, bindings, body)
        }
    }

    func lock(_ names: [String]) throws {
        // One call for each, in order: a statement over all of them could be planned in another.
        for name in Set(names).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            _ = try execute("SELECT pg_advisory_xact_lock(hashtextextended(\(name), \(raw: AdvisoryLock.transactions)))")
        }
    }

    func announce() throws {
        guard !hasAnnounced else { return }
        _ = try execute(SQL(raw: "NOTIFY \(PostgreSQLListener.channel)"))
        hasAnnounced = true
    }

    private func noticingFailure<Value>(_ body: () throws -> Value) throws -> Value {
        if let failure { throw failure.error }
        if cancellation.isRequested { throw CancellationError() }
        do { return try body() } catch let error as ServerError {
            failure = failure ?? error
            throw error.error
        }
    }
}

/// The two families of advisory locks: a lease and a lock of one name have nothing to do with each other.
enum AdvisoryLock {
    static let transactions = "0"
    static let leases = "1"
}
