/// The database as the code of a task sees it: every write makes sure, in its own transaction, that the task is still its
/// worker's.
///
/// A worker that was declared dead while it was paused, or cut off, can so write nothing any more, whatever its code does.
struct FencedDatabase: Database {
    let database: any Database
    let fence: TaskFence

    var dialect: Dialect { database.dialect }
    var leaseGrace: Duration { database.leaseGrace }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await database.read(body)
    }

    /// - Throws: `CancellationError` when the task is not its worker's any more.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let fence = fence
        return try await database.write { db in
            try fence.hold(in: db)
            return try body(db)
        }
    }

    func announcements() -> AsyncStream<Void> { database.announcements() }

    func acquireLease(_ name: String) async throws -> (any DatabaseLease)? { try await database.acquireLease(name) }

    func freeLeases(among names: [String]) async throws -> Set<String> { try await database.freeLeases(among: names) }

    func close() async throws { try await database.close() }
}
