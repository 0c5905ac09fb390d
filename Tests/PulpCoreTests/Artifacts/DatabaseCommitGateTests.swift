import PulpTesting
import Synchronization
import Testing

@testable import PulpCore

@Suite("A commit gate in the database")
struct DatabaseCommitGateTests {
    private static let digest = SHA256Digest.ofNothing
    private static let other = SHA256Digest(unchecked: String(repeating: "a", count: 64))

    /// Opens the database twice, with gates as two processes have them.
    private func with(
        _ kind: DatabaseKind, _ times: DatabaseCommitGate.Times = .quick,
        _ body: (DatabaseCommitGate, DatabaseCommitGate, any Database) async throws -> Void
    ) async throws {
        try await kind.withTemporaryDatabase { temporary in
            try await temporary.withTwoDatabases { one, other in
                try await one.migrate(Migrations.core, family: "core")
                try await body(DatabaseCommitGate(one, times), DatabaseCommitGate(other, times), one)
            }
        }
    }

    @Test("lets a deletion pass over what is being committed", arguments: DatabaseKind.allCases)
    func spares(kind: DatabaseKind) async throws {
        try await with(kind) { gate, other, _ in
            try await gate.commit([Self.digest]) {
                let removed = Removed()
                try await other.delete([Self.digest, Self.other], unless: { _ in [] }, remove: removed.all)
                #expect(removed.digests == [Self.other])
            } record: { _ in
            }
            let removed = Removed()
            try await other.delete([Self.digest], unless: { _ in [] }, remove: removed.all)
            #expect(removed.digests == [Self.digest])
        }
    }

    @Test("has a commit wait while the same artifact is deleted, and no other", arguments: DatabaseKind.allCases)
    func waits(kind: DatabaseKind) async throws {
        try await with(kind) { gate, other, _ in
            let events = Events()
            let waiting = Mutex<Task<Void, any Error>?>(nil)
            try await gate.delete([Self.digest]) { _ in
                waiting.withLock {
                    $0 = Task {
                        try await other.commit([Self.digest]) {
                            events.add("placed")
                        } record: { _ in
                        }
                    }
                }
                // Another artifact's commit ends while the deletion runs.
                try await other.commit([Self.other]) {
                    events.add("other")
                } record: { _ in
                }
                return []
            } remove: { _, _ in
                events.add("removed")
                return DeletionOutcome(isSettled: true, failure: nil)
            }
            try await waiting.withLock { $0 }?.value
            #expect(events.all == ["other", "removed", "placed"])
        }
    }

    @Test("does not hold back commits of what is needed", arguments: DatabaseKind.allCases)
    func needed(kind: DatabaseKind) async throws {
        try await with(kind) { gate, other, _ in
            try await gate.delete([Self.digest, Self.other]) { _ in
                [Self.digest]
            } remove: { digests, _ in
                #expect(digests == [Self.other])
                do {
                    try await other.commit([Self.digest]) {
                    } record: { _ in
                    }
                } catch { Issue.record(error) }
                return DeletionOutcome(isSettled: true, failure: nil)
            }
        }
    }

    @Test("gives way to commits again when a deletion decides nothing or fails", arguments: DatabaseKind.allCases)
    func failures(kind: DatabaseKind) async throws {
        try await with(kind) { gate, other, _ in
            await #expect(throws: PulpError.self) {
                try await gate.delete([Self.digest], unless: { _ in throw PulpError(.internal, "x") }, remove: Removed().all)
            }
            await #expect(throws: PulpError.self) {
                try await gate.delete([Self.digest], unless: { _ in [] }) { _, _ in
                    DeletionOutcome(isSettled: true, failure: PulpError(.systemState, "refused"))
                }
            }
            try await other.commit([Self.digest]) {
            } record: { _ in
            }
        }
    }

    @Test("begins a commit anew that was taken for dead, whose rows are refused", arguments: DatabaseKind.allCases)
    func revoked(kind: DatabaseKind) async throws {
        var times = DatabaseCommitGate.Times.quick
        (times.commit, times.renewal) = (.zero, .seconds(3600))
        try await with(kind, times) { gate, other, database in
            let disk = Disk()
            let events = Events()
            try await gate.commit([Self.digest]) {
                disk.blobs.withLock { _ = $0.insert(Self.digest) }
                events.add("placed")
                // Stands still between its bytes and its rows, the first time.
                guard events.all.count == 1 else { return }
                try await other.delete([Self.digest], unless: { _ in [] }) { digests, _ in
                    disk.blobs.withLock { $0.subtract(digests) }
                    return DeletionOutcome(isSettled: true, failure: nil)
                }
                #expect(disk.blobs.withLock { $0.isEmpty })
            } record: { permit in
                try await database.write { db in
                    _ = try db.insertArtifacts(
                        [ArtifactDescription(size: 0, digests: [.sha256: Self.digest.hex])], under: permit, at: .now)
                }
            }
            #expect(events.all.count == 2)
            #expect(disk.blobs.withLock { $0 } == [Self.digest])
            #expect(try await database.read { try $0.value("SELECT COUNT(*) FROM artifact", as: Int.self) } == 1)
        }
    }

    @Test("keeps commits out until nothing of a deletion without an answer can happen any more", arguments: DatabaseKind.allCases)
    func unsettled(kind: DatabaseKind) async throws {
        try await with(kind) { gate, other, database in
            await #expect(throws: PulpError.self) {
                try await gate.delete([Self.digest], unless: { _ in [] }) { _, term in
                    #expect(term.end.map { $0 > term.decided } == true)
                    return DeletionOutcome(isSettled: false, failure: PulpError(.systemState, "no answer"))
                }
            }
            let events = Events()
            let commit = Task {
                try await other.commit([Self.digest]) {
                    events.add("placed")
                } record: { _ in
                }
            }
            for _ in 0..<20 { _ = try await database.read { try $0.first("SELECT 1") } }
            #expect(events.all == [])
            // Time passes.
            _ = try await database.write { try $0.execute("UPDATE blob_deletion SET expires = 0") }
            try await commit.value
            #expect(events.all == ["placed"])
        }
    }

    @Test("lets nothing of a dead process stay for ever", arguments: DatabaseKind.allCases)
    func dead(kind: DatabaseKind) async throws {
        try await with(kind) { gate, _, database in
            try await database.write { db in
                try db.execute("INSERT INTO blob_commit (id, expires) VALUES (7, 0)")
                try db.execute("INSERT INTO blob_commit_digest (blob_commit, sha256) VALUES (7, \(Self.digest))")
                try db.execute("INSERT INTO blob_deletion (sha256, deletion, expires) VALUES (\(Self.other), 'dead', 0)")
            }
            try await gate.commit([Self.other]) {
            } record: { _ in
            }
            let removed = Removed()
            try await gate.delete([Self.digest, Self.other], unless: { _ in [] }, remove: removed.all)
            #expect(removed.digests == [Self.other, Self.digest].sorted())
            for table in ["blob_commit", "blob_commit_digest", "blob_deletion"] {
                #expect(try await database.read { try $0.value("SELECT COUNT(*) FROM \(raw: table)", as: Int.self) } == 0, "\(table)")
            }
        }
    }

    @Test("keeps every row's bytes, however commits, deletions, deaths and late rows meet", arguments: DatabaseKind.allCases)
    func histories(kind: DatabaseKind) async throws {
        var times = DatabaseCommitGate.Times.quick
        // Every commit may be taken for dead at any moment.
        (times.commit, times.renewal) = (.zero, .seconds(3600))
        try await with(kind, times) { gate, other, database in
            let digests = (0..<4).map { SHA256Digest(unchecked: String(repeating: "\($0)", count: 64)) }
            let disk = Disk()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<6 {
                    let gate = worker % 2 == 0 ? gate : other
                    group.addTask {
                        var random = SplitMix(seed: UInt64(worker))
                        for _ in 0..<15 {
                            let chosen = digests.filter { _ in Bool.random(using: &random) }
                            if worker < 3 {
                                try await Self.commit(chosen, gate, database, disk)
                            } else {
                                try await Self.clean(chosen, gate, database, disk)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await Self.rows(digests, in: database)
            #expect(rows.isSubset(of: disk.blobs.withLock { $0 }))
        }
    }

    private static func commit(
        _ digests: [SHA256Digest], _ gate: DatabaseCommitGate, _ database: any Database, _ disk: Disk
    ) async throws {
        do {
            try await gate.commit(digests) {
                disk.blobs.withLock { $0.formUnion(digests) }
                await Task.yield()
            } record: { permit in
                try await database.write { db in
                    _ = try db.insertArtifacts(
                        digests.map { ArtifactDescription(size: 0, digests: [.sha256: $0.hex]) }, under: permit, at: .now)
                }
            }
        } catch let error as PulpError where error.code == .systemState {
            // Taken for dead again and again; it has said so, and left no row.
        }
    }

    /// What an orphan cleanup does: rows go, then the bytes of which no row speaks.
    private static func clean(
        _ digests: [SHA256Digest], _ gate: DatabaseCommitGate, _ database: any Database, _ disk: Disk
    ) async throws {
        _ = try await database.write { try $0.execute("DELETE FROM artifact WHERE sha256 \(in: digests)") }
        try await gate.delete(digests, unless: { try await rows($0, in: database) }) { digests, _ in
            await Task.yield()
            disk.blobs.withLock { $0.subtract(digests) }
            return DeletionOutcome(isSettled: true, failure: nil)
        }
    }

    private static func rows(_ digests: [SHA256Digest], in database: any Database) async throws -> Set<SHA256Digest> {
        try await database.read { db in
            Set(try db.query("SELECT sha256 FROM artifact WHERE sha256 \(in: digests)").map { try $0.get(0, as: SHA256Digest.self) })
        }
    }
}

/// The blobs that are there.
private final class Disk: Sendable {
    let blobs = Mutex<Set<SHA256Digest>>([])
}

extension DatabaseCommitGate.Times {
    fileprivate static var quick: Self {
        var times = Self()
        times.poll = .milliseconds(1)
        return times
    }
}

/// What happened, in order.
private final class Events: Sendable {
    private let state = Mutex<[String]>([])

    var all: [String] { state.withLock { $0 } }

    func add(_ event: String) { state.withLock { $0.append(event) } }
}

/// What a deletion removed.
private final class Removed: Sendable {
    private let state = Mutex<[SHA256Digest]>([])

    var digests: [SHA256Digest] { state.withLock { $0.sorted() } }

    var all: @Sendable ([SHA256Digest], DeletionTerm) async -> DeletionOutcome {
        { digests, _ in
            self.state.withLock { $0 += digests }
            return DeletionOutcome(isSettled: true, failure: nil)
        }
    }
}
