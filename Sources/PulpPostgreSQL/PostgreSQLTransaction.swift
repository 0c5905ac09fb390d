internal import PulpCore

/// A connection inside a transaction, as the rest of Pulp sees it.
final class PostgreSQLTransaction: SQLConnection {
    private let connection: PostgreSQLConnection
    private let cancellation: Cancellation
    /// Whether others are to look again once it is committed.
    private(set) var hasAnnounced = false
    /// The error that doomed the transaction: the server takes no statement after it.
    private(set) var failure: ServerError?

    init(_ connection: PostgreSQLConnection, _ cancellation: Cancellation) {
        (self.connection, self.cancellation) = (connection, cancellation)
    }

    var dialect: Dialect { .postgreSQL }

    /// Has it begin with its first statement.
    func begin(_ mode: PostgreSQLSession.Mode) throws {
        try noticingFailure { try connection.begin(mode.rawValue) }
    }

    func execute(_ sql: SQL) throws -> Int {
        try noticingFailure { () throws -> Int in
            let (text, bindings) = sql.rendered(for: .postgreSQL)
            return try connection.run(text, bindings) { _ in }
        }
    }

    func post(_ sql: SQL) throws {
        try noticingFailure {
            let (text, bindings) = sql.rendered(for: .postgreSQL)
            try connection.post(text, bindings)
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

    func lock(exclusive: [String], shared: [String]) throws {
        let alone = Set(exclusive)
        let names = alone.union(shared).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        guard !names.isEmpty else { return }
        var rows = SQLRows([("name", .text), ("alone", .boolean)])
        for name in names { rows.append([.text(name), .boolean(alone.contains(name))]) }
        // The subquery has the order; what stands before it is computed row by row, as the rows come.
        try post(
            """
            SELECT CASE WHEN l.alone THEN pg_advisory_xact_lock(l.key) IS NULL ELSE pg_advisory_xact_lock_shared(l.key) IS NULL END
            FROM (SELECT hashtextextended(r.name, \(raw: AdvisoryLock.transactions)) AS key, r.alone
                FROM \(rows: rows, as: "r") ORDER BY r.name COLLATE "C" OFFSET 0) AS l
            """)
    }

    /// `NOTIFY` follows the commit, on the connection that listens: within a transaction it would make the server's commits wait
    /// for each other.
    func announce() throws { hasAnnounced = true }

    func allowLoss() throws { try post("SET LOCAL synchronous_commit = off") }

    /// Without it, what a plan looks like depends on how many rows there were when it was made: of an empty table all is read, and
    /// that plan stays when the table is not empty any more.
    func preferIndexes() throws { try post(Self.indexes) }

    private static let indexes: SQL = """
        SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true), \
        set_config('enable_bitmapscan', 'off', true), set_config('enable_hashjoin', 'off', true), \
        set_config('enable_mergejoin', 'off', true)
        """

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
