import Synchronization

@testable import PulpCore

/// A database that counts the transactions of whoever asks for it.
final class CountingDatabase: Database {
    /// Whether transactions of the current task count.
    @TaskLocal static var counts = false

    private let database: any Database
    private let count = Atomic<Int>(0)

    init(_ database: any Database) { self.database = database }

    /// How many transactions counted.
    var transactions: Int { count.load(ordering: .relaxed) }

    var dialect: Dialect { database.dialect }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        note()
        return try await database.read(body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        note()
        return try await database.write(body)
    }

    func announcements() -> AsyncStream<Void> { database.announcements() }
    func acquireLease(_ name: String) async throws -> (any DatabaseLease)? { try await database.acquireLease(name) }
    func freeLeases(among names: [String]) async throws -> Set<String> { try await database.freeLeases(among: names) }
    var leaseGrace: Duration { database.leaseGrace }
    func close() async throws { try await database.close() }

    private func note() { if Self.counts { count.add(1, ordering: .relaxed) } }
}
