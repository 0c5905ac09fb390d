internal import Foundation
internal import GRDB
internal import Synchronization

/// PulpCore's own database: one SQLite file in WAL mode, for one machine and any number of its processes.
///
/// Writes run one at a time, in `BEGIN IMMEDIATE` transactions, those that wait at the same time with one commit; reads run beside them on snapshots. A commit is durable
/// against a crash of the process at once and against a power cut with the next commit that asks for it
/// (`PRAGMA synchronous = FULL`). See https://www.sqlite.org/wal.html.
public final class SQLiteDatabase: Database {
    private static let readers = 6

    private let path: String
    private let pool: DatabasePool
    private let readers = TransactionThreads(name: "pulp.sqlite.read", limit: SQLiteDatabase.readers) {}
    private let writer = TransactionThreads(name: "pulp.sqlite.write", limit: 1) {}
    private let together = GroupCommit()
    private let signal: SignalFile
    private let leaseDirectory: String
    private let commits = Announcements()
    private let poll: Task<Void, Never>

    /// SQLite's spelling.
    public var dialect: Dialect { .sqlite }

    /// Opens the database in a file, and makes the file when there is none.
    /// - Throws: ``DatabaseError`` when the file cannot be opened or is not a database.
    public init(path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.label = "pulp.sqlite"
        configuration.busyMode = .timeout(30)
        configuration.maximumReaderCount = Self.readers
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { db in
            try SQLiteConnection.prepare(db)
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA cache_size = -8192")
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        self.path = path
        pool = try SQLiteConnection.translatingErrors { try DatabasePool(path: path, configuration: configuration) }
        leaseDirectory = path + ".leases"
        let (pool, writer, commits) = (pool, writer, commits)
        do { signal = try SignalFile(path + ".signal") } catch { throw DatabaseError(.unavailable, error.message) }
        poll = Task.detached { await Self.watch(pool, writer, commits) }
    }

    deinit {
        poll.cancel()
        commits.finish()
        readers.end()
        writer.end()
    }

    /// Reads on a snapshot, beside writers and other readers.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let pool = pool
        return try await readers.run { _, cancellation in
            try SQLiteConnection.translatingErrors {
                try pool.read { db in try SQLiteConnection.run(db, cancellation, body) }
            }
        }
    }

    /// Writes alone: writers take turns, and wait at most 30 seconds for one of another process.
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let value = try await group(TaskOrigin.carried(into: body))
        commits.announce()
        return value
    }

    private func group<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        let (cancellation, id) = (Cancellation(), together.makeID())
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = Mutex<Result<Value, any Error>?>(nil)
                let isAnnounced = Atomic(false)
                together.add(
                    GroupCommit.Job(
                        id: id,
                        run: { db in
                            do {
                                let value = try SQLiteConnection.run(
                                    db, cancellation, onAnnouncement: { isAnnounced.store(true, ordering: .relaxed) }, body)
                                outcome.withLock { $0 = .success(value) }
                            } catch {
                                outcome.withLock { $0 = .failure(error) }
                                throw error
                            }
                        },
                        finish: { [signal] error in
                            if error == nil, isAnnounced.load(ordering: .relaxed) { signal.send() }
                            let known = outcome.withLock { $0 }
                            // What the body threw says more than the loss of the transaction that came of it.
                            if case .failure(let own) = known { return continuation.resume(throwing: own) }
                            if let error { return continuation.resume(throwing: SQLiteConnection.translated(error)) }
                            continuation.resume(with: known ?? .failure(DatabaseError(.other, "a transaction was not run")))
                        }))
                commitSoon(id)
            }
        } onCancel: {
            cancellation.request()
            together.withdraw(id)?.finish(CancellationError())
        }
    }

    /// Has the writer's thread run what waits.
    private func commitSoon(_ id: Int) {
        let (pool, together) = (pool, together)
        writer.submit { refusal in
            if let refusal {
                together.withdraw(id)?.finish(refusal)
            } else {
                pool.writeWithoutTransaction { together.run($0) }
            }
        }
    }

    /// Yields after every commit here, and within a fraction of a second after one in another process.
    public func announcements() -> AsyncStream<Void> {
        let commits = commits
        signal.listen { commits.announce() }
        return commits.stream()
    }

    /// Takes a lock on a file beside the database's.
    public func acquireLease(_ name: String) async throws -> (any DatabaseLease)? {
        try FileLease.acquire(name, in: leaseDirectory)
    }

    /// Tries the locks.
    public func freeLeases(among names: [String]) async throws -> Set<String> {
        Set(try names.filter { try FileLease.isFree($0, in: leaseDirectory) })
    }

    /// None: a lock on a file ends with its process only.
    public var leaseGrace: Duration { .zero }

    /// Copies the file, whoever uses it.
    public var archiver: (any DatabaseArchiver)? { SQLiteArchiver(path: path) }

    /// Ends all connections; transactions that run are waited for, later ones fail with `unavailable`.
    public func close() async throws {
        poll.cancel()
        commits.finish()
        await readers.close()
        await writer.close()
        let pool = pool
        // It waits for the last reader; see TransactionThreads.
        try await onThread("pulp.sqlite.close") { try SQLiteConnection.translatingErrors { try pool.close() } }
    }

    /// Announces commits of other processes: `PRAGMA data_version` changes with each of them.
    private static func watch(_ pool: DatabasePool, _ writer: TransactionThreads<Void>, _ commits: Announcements) async {
        // Nothing seen yet differs from everything: a commit before the first look is announced too.
        var seen: Int?
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: .milliseconds(50))
                guard commits.isObserved else { continue }
                let version = try await writer.run { _, _ in
                    try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA data_version") }
                }
                if seen != version { commits.announce() }
                seen = version
            } catch {
                // Closed, canceled, or busy for a moment: the next round tells.
                if error is CancellationError { return }
            }
        }
    }
}
