/// A gate in the database, for processes on many machines that share a store but no file locks.
///
/// Both sides say in a table what they are about to do before they do it. A commit writes down its digests, puts bytes and rows in
/// place, and takes its digests back. A deletion writes down those candidates that no commit has written down, asks what is
/// needed, removes the rest, and takes the candidates back; a commit of one of them waits until then. Each writes down what it is
/// about to do, and looks at what the others wrote down, in one transaction under one lock; so of two, one sees the other.
///
/// What a process wrote down has an end, since the process may be dead. A commit renews its own; once another process has taken it
/// away, the transaction with the rows fails, and the commit begins anew. A deletion's end is final: after it the artifacts can be
/// committed, and the deletion must not be carried out any more (``DeletionTerm``).
public struct DatabaseCommitGate: CommitGate {
    /// How long what is written down is true.
    struct Times: Sendable {
        /// From its last renewal, for a commit.
        var commit: Duration = .seconds(120)
        var renewal: Duration = .seconds(30)
        /// How long a deletion may be carried out.
        var deletion: Duration = .seconds(10 * 60)
        /// How long a deletion keeps commits out, unless it is done before.
        ///
        /// S3 refuses requests whose date differs from its own clock by more than 15 minutes. A commit that begins after half an
        /// hour by its own clock, and whose requests S3 takes, so begins when S3 takes none of the deletion's.
        var exclusion: Duration = .seconds(35 * 60)
        var poll: Duration = .milliseconds(50)
    }

    /// How often a commit is begun.
    private static let attempts = 5
    private static let lock = "blob gate"

    private let database: any Database
    private let times: Times

    /// A gate of all processes that use the database, which must have the layout of this release when the gate is first passed.
    public init(_ database: any Database) { self.init(database, Times()) }

    init(_ database: any Database, _ times: Times) { (self.database, self.times) = (database, times) }

    /// Renews what it wrote down, for as long as the commit takes.
    public func commit<Value: Sendable>(
        _ digests: [SHA256Digest], place: @Sendable () async throws -> Void,
        record: @Sendable (CommitPermit) async throws -> Value
    ) async throws -> Value {
        for _ in 1...Self.attempts {
            let entry = try await enter(Set(digests))
            let renewal = Task { try await renew(entry) }
            let result: Result<Value, any Error>
            do {
                try await place()
                result = .success(try await record(permit(for: entry)))
            } catch {
                result = .failure(error)
            }
            renewal.cancel()
            await leave(entry)
            do { return try result.get() } catch is CommitRevoked { continue }
        }
        throw PulpError(.systemState, "a commit of \(digests.count) artifacts stood still for too long, \(Self.attempts) times")
    }

    /// Passes over what is being committed, or deleted by somebody else.
    public func delete(
        _ candidates: [SHA256Digest], unless needed: @Sendable ([SHA256Digest]) async throws -> Set<SHA256Digest>,
        remove: @Sendable ([SHA256Digest], DeletionTerm) async -> DeletionOutcome
    ) async throws {
        let name = UUIDv7.make()
        let decided = Timestamp.now
        let term = DeletionTerm(decided: decided, end: decided + times.deletion)
        let marked = try await mark(candidates, for: name, at: decided)
        guard !marked.isEmpty else { return }
        let rest: [SHA256Digest]
        do {
            let kept = try await needed(marked)
            rest = marked.filter { !kept.contains($0) }
            // Before the rest is removed: nobody is to wait for what stays.
            if !kept.isEmpty { await unmark(kept, of: name) }
        } catch {
            await unmark(marked, of: name)
            throw error
        }
        guard !rest.isEmpty else { return }
        let outcome = await remove(rest, term)
        // Else what is written down stays, and commits wait, until all that may still happen is past.
        if outcome.isSettled { await unmark(rest, of: name) }
        if let failure = outcome.failure { throw failure }
    }
}

/// Another process took a commit for dead.
private struct CommitRevoked: Error {}

extension DatabaseCommitGate {
    /// Writes a commit down as soon as none of its artifacts is being deleted.
    private func enter(_ digests: Set<SHA256Digest>) async throws -> Int64 {
        while true {
            if let entry = try await tryToEnter(digests) { return entry }
            try await Task.sleep(for: times.poll)
        }
    }

    private func tryToEnter(_ digests: Set<SHA256Digest>) async throws -> Int64? {
        let now = Timestamp.now
        return try await database.write { db in
            try db.lock(Self.lock)
            let blocked = try db.first("SELECT 1 FROM blob_deletion WHERE sha256 \(in: digests) AND expires > \(now) LIMIT 1")
            if blocked != nil { return nil }
            let entry: Int64? = try db.value("INSERT INTO blob_commit (expires) VALUES (\(now + times.commit)) RETURNING id")
            guard let entry else { throw PulpError(.internal, "a row that was inserted has no key") }
            var rows = SQLRows([("sha256", .text)])
            for digest in digests { rows.append([digest.sql]) }
            guard !rows.isEmpty else { return entry }
            try db.execute(
                """
                INSERT INTO blob_commit_digest (blob_commit, sha256)
                SELECT CAST(\(entry) AS BIGINT), r.sha256 FROM \(rows: rows, as: "r")
                """)
            return entry
        }
    }

    private func permit(for entry: Int64) -> CommitPermit {
        CommitPermit { db in
            // An update, not a look: it keeps the row from going away before this transaction has ended.
            let count = try db.execute("UPDATE blob_commit SET expires = \(Timestamp.now + times.commit) WHERE id = \(entry)")
            guard count == 1 else { throw CommitRevoked() }
        }
    }

    private func renew(_ entry: Int64) async throws {
        while true {
            try await Task.sleep(for: times.renewal)
            let expires = Timestamp.now + times.commit
            // A renewal that fails is tried again; the transaction with the rows finds out whether it was too late.
            _ = try? await database.write { db in
                try db.execute("UPDATE blob_commit SET expires = \(expires) WHERE id = \(entry)")
            }
        }
    }

    private func leave(_ entry: Int64) async {
        let database = database
        // Whether its task was canceled or not. What cannot be taken back now expires.
        await Task { _ = try? await database.write { try $0.execute("DELETE FROM blob_commit WHERE id = \(entry)") } }.value
    }

    /// Writes down those of the candidates that nobody is committing or deleting.
    private func mark(_ candidates: [SHA256Digest], for deletion: String, at now: Timestamp) async throws -> [SHA256Digest] {
        var rows = SQLRows([("sha256", .text)])
        for digest in Set(candidates).sorted() { rows.append([digest.sql]) }
        guard !rows.isEmpty else { return [] }
        let marks = rows
        return try await database.write { db in
            try db.lock(Self.lock)
            try db.execute("DELETE FROM blob_deletion WHERE expires <= \(now)")
            // A row that another transaction holds is a living commit's.
            try db.execute(
                """
                DELETE FROM blob_commit WHERE id IN (
                    SELECT id FROM blob_commit WHERE expires <= \(now) ORDER BY id \(dialect: { $0.skipLocked }))
                """)
            return try db.query(
                """
                INSERT INTO blob_deletion (sha256, deletion, expires)
                SELECT r.sha256, \(deletion), CAST(\(now + times.exclusion) AS BIGINT) FROM \(rows: marks, as: "r")
                WHERE NOT EXISTS (SELECT 1 FROM blob_commit_digest d WHERE d.sha256 = r.sha256)
                ON CONFLICT (sha256) DO NOTHING RETURNING sha256
                """
            ).map { try $0.get(0, as: SHA256Digest.self) }
        }
    }

    private func unmark(_ digests: some Collection<SHA256Digest> & Sendable, of deletion: String) async {
        let database = database
        // As for a commit: what cannot be taken back now expires.
        await Task {
            _ = try? await database.write { db in
                try db.execute("DELETE FROM blob_deletion WHERE deletion = \(deletion) AND sha256 \(in: digests)")
            }
        }.value
    }
}
