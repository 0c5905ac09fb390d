internal import Logging

/// The database as the code of a task sees it: fenced, and patient.
///
/// Every write makes sure, in its own transaction, that the task is still its worker's: a worker that was declared dead while it
/// was paused, or cut off, can so write nothing any more, whatever its code does.
///
/// While the database is away a transaction waits for its return, as a task that has worked for an hour must not fail because a
/// server is restarted. One of which nobody knows whether it was committed is not repeated.
struct TaskDatabase: Database {
    let database: any Database
    let fence: TaskFence
    /// How long a transaction waits for the return of the database.
    var patience: Duration = .seconds(600)
    let logger: Logger

    var dialect: Dialect { database.dialect }
    var leaseGrace: Duration { database.leaseGrace }
    var archiver: (any DatabaseArchiver)? { database.archiver }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await patiently { try await database.read(body) }
    }

    /// - Throws: `CancellationError` when the task is not its worker's any more.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let fence = fence
        return try await patiently {
            try await database.write { db in
                try fence.hold(in: db)
                return try body(db)
            }
        }
    }

    func announcements() -> AsyncStream<Void> { database.announcements() }

    func acquireLease(_ name: String) async throws -> (any DatabaseLease)? { try await database.acquireLease(name) }

    func freeLeases(among names: [String]) async throws -> Set<String> { try await database.freeLeases(among: names) }

    func close() async throws { try await database.close() }

    private func patiently<Value>(_ body: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        while true {
            do { return try await body() } catch let error as DatabaseError where error.code == .unavailable {
                guard ContinuousClock.now - start < patience else { throw error }
                logger.debug("a task waits for the database", metadata: ["error": "\(error)"])
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
