internal import GRDB
internal import Synchronization

/// Runs the transactions that wait for SQLite's one writer together, and makes them durable at once: a commit costs the same
/// `fsync` for one of them as for all.
///
/// Each runs in a savepoint of its own, in the order in which they came, and none is answered before the commit. When anything
/// goes wrong with the whole (the disk is full, another process is in the way), each is run again alone, so that no transaction
/// fails for another's sake. See https://www.sqlite.org/lang_savepoint.html.
final class GroupCommit: Sendable {
    /// One transaction that waits.
    struct Job: Sendable {
        let id: Int
        /// Runs the body, and keeps its value or its error for the answer.
        let run: @Sendable (GRDB.Database) throws -> Void
        /// Answers, with an error when there is no commit.
        let finish: @Sendable ((any Error)?) -> Void
    }

    /// After this long no more bodies are begun before the commit: a large one keeps nobody waiting for longer than itself.
    private static let longest = Duration.milliseconds(5)
    private static let most = 64

    private struct State {
        var waiting: [Job] = []
        var count = 0
    }

    private let state = Mutex(State())

    /// A number for a job.
    func makeID() -> Int {
        state.withLock { state in
            state.count += 1
            return state.count
        }
    }

    func add(_ job: Job) { state.withLock { $0.waiting.append(job) } }

    /// Takes back a job that nobody has begun.
    func withdraw(_ id: Int) -> Job? {
        state.withLock { state in
            state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
        }
    }

    private func next() -> Job? {
        state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
    }

    /// Runs what waits, if anything does; on the writer's thread.
    func run(_ db: GRDB.Database) {
        guard let first = next() else { return }
        var jobs = [first]
        do {
            try db.inTransaction(.immediate) {
                let start = ContinuousClock.now
                try Self.savepoint(first, db)
                while jobs.count < Self.most, ContinuousClock.now - start < Self.longest, let job = next() {
                    jobs.append(job)
                    try Self.savepoint(job, db)
                }
                return .commit
            }
            for job in jobs { job.finish(nil) }
        } catch {
            guard jobs.count > 1 else { return first.finish(error) }
            for job in jobs { Self.alone(job, db) }
        }
    }

    private static func alone(_ job: Job, _ db: GRDB.Database) {
        do {
            try db.inTransaction(.immediate) {
                try savepoint(job, db)
                return .commit
            }
            job.finish(nil)
        } catch {
            job.finish(error)
        }
    }

    /// - Throws: only when the whole transaction is lost: what is wrong with the job alone is in its own answer.
    private static func savepoint(_ job: Job, _ db: GRDB.Database) throws {
        try db.execute(sql: "SAVEPOINT pulp")
        do { try job.run(db) } catch {
            guard db.isInsideTransaction else { throw error }
            try db.execute(sql: "ROLLBACK TO pulp")
        }
        try db.execute(sql: "RELEASE pulp")
    }
}
