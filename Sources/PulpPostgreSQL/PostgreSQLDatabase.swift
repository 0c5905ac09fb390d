public import Logging
public import PulpCore

/// A PostgreSQL database, version 14 or later, for any number of machines and processes.
///
/// Reads are `REPEATABLE READ READ ONLY`: one snapshot each. Writes are `READ COMMITTED`, run beside each other, and are
/// repeated from their start (ten times at most) when the server reports a deadlock or a serialization failure. A statement
/// that fails dooms its transaction: it is rolled back even if the body catches the error.
///
/// Nothing is connected before the first transaction. A connection that breaks is replaced; a transaction that it broke in
/// fails with `unavailable`, as does everything while the server is away. Who waits for a lock for 30 seconds fails with `busy`.
public final class PostgreSQLDatabase: Database {
    private let parameters: ConnectionParameters
    private let logger: Logger
    private let threads: TransactionThreads<PostgreSQLSession>
    private let listener: PostgreSQLListener

    /// PostgreSQL's spelling.
    public var dialect: Dialect { .postgreSQL }

    /// Prepares the use of a database, without connecting to it.
    /// - Parameters:
    ///   - url: `postgresql://user@host/name?…`, or anything else that libpq understands. What it leaves open comes from
    ///     the environment (`PGPASSWORD`, `PGSSLMODE`, …) and `~/.pgpass`.
    ///   - connections: how many transactions run at once at most. Listening takes one connection more, each lease another.
    /// - Throws: ``DatabaseError`` when libpq does not understand the URL.
    public init(url: String, connections: Int = 8, logger: Logger = Logger(label: "pulp.postgresql")) throws {
        self.logger = logger
        let parameters = try ConnectionParameters(url)
        self.parameters = parameters
        let listener = try PostgreSQLListener(parameters, logger: logger)
        self.listener = listener
        threads = TransactionThreads(name: "pulp.postgresql", limit: connections) {
            PostgreSQLSession(parameters, logger: logger) { listener.announce() }
        }
    }

    deinit {
        threads.end()
        listener.end()
    }

    /// Reads on a snapshot.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await threads.run { try $0.transaction(.read, $1, body) }
    }

    /// Writes beside other writers; the body is repeated after a deadlock or a serialization failure.
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let body = TaskOrigin.carried(into: body)
        return try await threads.run { try $0.transaction(.write, $1, body) }
    }

    /// Yields once when the connection that listens is there, and whenever it had to be replaced: something may have been missed.
    public func announcements() -> AsyncStream<Void> { listener.stream() }

    /// Takes an advisory lock on a connection of its own; the lease ends with that connection too.
    public func acquireLease(_ name: String) async throws -> (any DatabaseLease)? {
        try await PostgreSQLLease.acquire(name, parameters, logger: logger)
    }

    /// Tries the locks, for the moment of one transaction.
    public func freeLeases(among names: [String]) async throws -> Set<String> {
        guard !names.isEmpty else { return [] }
        var rows = SQLRows([("name", .text)])
        for name in Set(names) { rows.append([.text(name)]) }
        let table = rows
        return try await read { db in
            let free = try db.query(
                """
                SELECT l.name FROM \(rows: table, as: "l")
                WHERE pg_try_advisory_xact_lock_shared(hashtextextended(l.name, \(raw: AdvisoryLock.leases)))
                """)
            return Set(try free.map { try $0.get(0, as: String.self) })
        }
    }

    /// A second: a connection that broke is replaced ten times as fast, and the lease taken again.
    public var leaseGrace: Duration { .seconds(1) }

    /// Runs `pg_dump` and `pg_restore`.
    public var archiver: (any DatabaseArchiver)? { PostgreSQLArchiver(database: self, parameters: parameters) }

    /// Ends all connections; transactions that run are waited for, later ones fail with `unavailable`.
    public func close() async throws {
        await threads.close()
        await listener.close()
    }
}
