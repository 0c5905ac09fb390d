internal import Glibc

/// Keeps deletions of blobs apart from commits of blobs, across processes: any number of commits at once, or one deletion.
///
/// A commit passes the gate before its bytes get their names and stays until the rows that speak of them are committed; a
/// deletion decides and deletes while it has the gate alone. So a deletion sees either the row of a commit, or bytes that get
/// their name after it. Locks are `flock(2)`s of two files: whoever wants the gate alone holds the `turn`, so that an endless
/// stream of commits does not keep it out. The kernel releases what a dead process held.
struct FileCommitGate: CommitGate {
    private let turn: String
    private let gate: String

    init(in directory: String) {
        (turn, gate) = ("\(directory)/turn", "\(directory)/gate")
    }

    func commit<Value: Sendable>(
        _ digests: [SHA256Digest], place: @Sendable () async throws -> Void,
        record: @Sendable (CommitPermit) async throws -> Value
    ) async throws -> Value {
        let turn = try await Self.lock(turn, LOCK_SH)
        let gate = try await Self.lock(gate, LOCK_SH)
        turn.unlock()
        return try await Self.hold([gate]) {
            try await place()
            return try await record(.unconditional)
        }
    }

    func delete(
        _ candidates: [SHA256Digest], unless needed: @Sendable ([SHA256Digest]) async throws -> Set<SHA256Digest>,
        remove: @Sendable ([SHA256Digest], DeletionTerm) async -> DeletionOutcome
    ) async throws {
        let turn = try await Self.lock(turn, LOCK_EX)
        let gate = try await Self.lock(gate, LOCK_EX)
        try await Self.hold([turn, gate]) {
            let kept = try await needed(candidates)
            let outcome = await remove(candidates.filter { !kept.contains($0) }, DeletionTerm(decided: .now, end: nil))
            if let failure = outcome.failure { throw failure }
        }
    }

    private static func hold<Value: Sendable>(
        _ locks: [FileDescriptor], _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        for lock in locks { lock.unlock() }
        return try result.get()
    }

    /// Asks again and again: a thread that waits in `flock` could be the one that whoever holds the lock needs.
    private static func lock(_ path: String, _ operation: CInt) async throws -> FileDescriptor {
        let file = try FileDescriptor(path, O_RDWR | O_CREAT)
        while flock(file.number, operation | LOCK_NB) != 0 {
            let number = errno
            guard number == EWOULDBLOCK || number == EINTR else { throw PulpError(errno: number, "lock", path) }
            try await Task.sleep(for: .milliseconds(2))
        }
        return file
    }
}
