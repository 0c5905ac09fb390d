public import PulpCore
internal import Synchronization

/// A database that goes away and comes back as a test says.
public final class AwayDatabase: Database {
    private let database: any Database
    private let away = Atomic<Bool>(false)
    private let refusals = Atomic<Int>(0)

    /// The same as another one, until it goes away.
    public init(_ database: any Database) { self.database = database }

    /// Whether every transaction fails with `unavailable`.
    public var isAway: Bool {
        get { away.load(ordering: .relaxed) }
        set { away.store(newValue, ordering: .relaxed) }
    }

    /// How many transactions have failed so.
    public var refused: Int { refusals.load(ordering: .relaxed) }

    /// The other's.
    public var dialect: Dialect { database.dialect }
    /// The other's.
    public var leaseGrace: Duration { database.leaseGrace }

    /// Reads, unless it is away.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try refuse()
        return try await database.read(body)
    }

    /// Writes, unless it is away.
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try refuse()
        return try await database.write(body)
    }

    /// The other's.
    public func announcements() -> AsyncStream<Void> { database.announcements() }

    /// Takes one of the other, unless it is away.
    public func acquireLease(_ name: String) async throws -> (any DatabaseLease)? {
        try refuse()
        return try await database.acquireLease(name)
    }

    /// Those of the other, unless it is away.
    public func freeLeases(among names: [String]) async throws -> Set<String> {
        try refuse()
        return try await database.freeLeases(among: names)
    }

    /// The other's.
    public var archiver: (any DatabaseArchiver)? { database.archiver }

    /// Closes the other.
    public func close() async throws { try await database.close() }

    private func refuse() throws {
        guard isAway else { return }
        refusals.add(1, ordering: .relaxed)
        throw DatabaseError(.unavailable, "the database is away")
    }
}
