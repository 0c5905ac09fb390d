/// A relational store.
///
/// SQLite (``SQLiteDatabase``) and PostgreSQL (`PulpPostgreSQL`) conform; both pass the same conformance suite in `PulpTesting`.
///
/// Transactions are scopes with synchronous bodies, which run on the connection's own thread:
///
/// ```swift
/// let id: Int64 = try await database.write { db in
///     try db.query("INSERT INTO … RETURNING id")[0].get(0)
/// }
/// ```
///
/// A body that throws rolls its transaction back. A statement that fails dooms its transaction: the following ones fail with
/// the same error, and nothing is committed even if the body catches it. (So: `ON CONFLICT`, not `catch`.) Bodies may run more
/// than once when the database asks for a retry (serialization failure, deadlock), so they must have no other effect than on the
/// database.
public protocol Database: Sendable {
    /// How the database spells what the shared subset of SQL leaves open.
    var dialect: Dialect { get }

    /// Runs a body in a read-only transaction with one consistent snapshot.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Runs a body in a read-write transaction, and commits it.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Yields after a commit, here or in another process, of a transaction that announced its changes.
    ///
    /// An element says "look again", not what changed; elements coalesce, and there may be more of them than commits. The
    /// stream ends when the database is closed.
    func announcements() -> AsyncStream<Void>

    /// Takes a lease that other processes can see end: when it is released, and when this process dies.
    /// - Returns: nil when the lease is held already, here or elsewhere.
    func acquireLease(_ name: String) async throws -> (any DatabaseLease)?

    /// Those of the names whose leases nobody holds at the moment.
    func freeLeases(among names: [String]) async throws -> Set<String>

    /// How long a lease must be free before its holder may be taken for dead.
    ///
    /// A connection may break and the process behind it live: then the holder takes its lease again within this time.
    var leaseGrace: Duration { get }

    /// Copies the whole database to a file and back; nil where only tools of its own can.
    var archiver: (any DatabaseArchiver)? { get }

    /// Ends all connections. Waits for running transactions.
    func close() async throws
}

extension Database {
    /// None.
    public var archiver: (any DatabaseArchiver)? { nil }
}

/// Held from ``Database/acquireLease(_:)`` until it is released or the process ends: a sign of life.
///
/// It may be lost for moments when a connection breaks, so it keeps nobody from writing: see ``TaskFence``.
public protocol DatabaseLease: Sendable {
    /// Ends the lease; once it returns, somebody else may take the name.
    func release() async
}

/// A connection inside a transaction, valid only within the body that received it.
public protocol SQLConnection {
    /// How the database spells what the shared subset of SQL leaves open.
    var dialect: Dialect { get }

    /// Runs a statement and returns the number of rows it changed.
    @discardableResult
    func execute(_ sql: SQL) throws -> Int

    /// Runs a statement whose outcome nobody looks at, at the latest together with the next one, or with the commit.
    ///
    /// What it throws may be thrown there: a database at the other end of a wire is spared a way there and back.
    func post(_ sql: SQL) throws

    /// Runs a statement and returns its rows.
    func query(_ sql: SQL) throws -> [Row]

    /// Runs a statement and hands over its rows one by one, without keeping them.
    func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws

    /// Waits until no other transaction holds any of the names, or holds a shared one for itself, and holds them until this one
    /// ends.
    ///
    /// SQLite has one writer at a time, and nothing to do. PostgreSQL takes transaction-scoped advisory locks, in the
    /// order of the sorted names, so that two transactions never wait for each other.
    /// - Parameters:
    ///   - exclusive: what this transaction is to hold alone.
    ///   - shared: what it holds together with others that share it; what is in both lists is exclusive.
    func lock(exclusive: [String], shared: [String]) throws

    /// Tells other processes, when the transaction commits, that the data changed.
    func announce() throws

    /// Says that a crash of the database's server may take this transaction along, though everybody saw it committed: it does not
    /// wait for the disk then.
    ///
    /// A crash never takes it without everything that was committed after it, so who saw its effects and wrote something durable
    /// has made it durable too.
    func allowLoss() throws

    /// Says that the statements of the transaction that follow are to find their rows by indexes, one after the other, whatever the
    /// database believes about the sizes of its tables.
    ///
    /// For statements that touch few rows of large tables, and for those that would compare all with all where the database has not
    /// counted yet.
    func preferIndexes() throws
}

extension SQLConnection {
    /// Waits until no other transaction holds a name, and holds it until this one ends.
    public func lock(_ name: String) throws { try lock(exclusive: [name], shared: []) }

    /// Waits until no other transaction holds any of the names, and holds them until this one ends.
    public func lock(_ names: [String]) throws { try lock(exclusive: names, shared: []) }

    /// The first row, or nil.
    public func first(_ sql: SQL) throws -> Row? {
        try query(sql).first
    }

    /// The first column of the first row, or nil when there is no row or it is null.
    public func value<Value: SQLConvertible>(_ sql: SQL, as type: Value.Type = Value.self) throws -> Value? {
        try query(sql).first?.get(0)
    }
}

/// Thrown by the body of a transaction that has to begin again: what it read has changed before it could lock it.
///
/// It is rolled back and repeated; possible only where transactions write beside each other.
package struct TransactionRetry: Error {
    package init() {}
}

/// Why a statement failed.
public struct DatabaseError: Error, CustomStringConvertible {
    /// What a caller may want to tell apart.
    public struct Code: Hashable, Sendable {
        private enum Base { case unique, foreignKey, check, notNull, pattern, busy, readOnly, full, unavailable, unknown, closed, other }
        private let base: Base
        /// A row with such a key exists already.
        public static let uniqueViolation = Self(base: .unique)
        /// A row refers to one that is not there, or is referred to and may not go.
        public static let foreignKeyViolation = Self(base: .foreignKey)
        /// A row breaks a condition of its table.
        public static let checkViolation = Self(base: .check)
        /// A column that must have a value has none.
        public static let notNullViolation = Self(base: .notNull)
        /// What a text is compared with is no regular expression.
        public static let invalidPattern = Self(base: .pattern)
        /// Someone else holds the database or a row for too long; trying again may work.
        public static let busy = Self(base: .busy)
        /// The database, or the transaction, takes no writes.
        public static let readOnly = Self(base: .readOnly)
        /// There is no space left.
        public static let full = Self(base: .full)
        /// The server cannot be reached; nothing was committed.
        public static let unavailable = Self(base: .unavailable)
        /// The server was lost while it committed: nobody knows whether it did.
        public static let unknownOutcome = Self(base: .unknown)
        /// The program has closed the database.
        public static let closed = Self(base: .closed)
        /// Anything else; the message tells.
        public static let other = Self(base: .other)
    }

    /// What kind of failure it is.
    public let code: Code
    /// The database's own words; they name the constraint.
    public let message: String
    /// The statement, without its values.
    public let statement: String?

    /// A failure in the database's own words.
    public init(_ code: Code, _ message: String, statement: String? = nil) {
        (self.code, self.message, self.statement) = (code, message, statement)
    }

    /// The message, with the statement where it is known.
    public var description: String {
        statement.map { "\(message) (in: \($0))" } ?? message
    }
}
