import Dispatch
import PulpCore
import PulpPostgreSQL
import PulpTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(15))) struct PostgreSQLFaultTests {
    private func withDatabases(_ body: (any Database, any Database) async throws -> Void) async throws {
        try await DatabaseKind.postgreSQL.withTemporaryDatabase { store in
            try await store.withTwoDatabases { one, other in
                try await one.write { db in
                    try db.execute("CREATE TABLE counter (id BIGINT PRIMARY KEY, number BIGINT NOT NULL)")
                    _ = try db.execute("INSERT INTO counter (id, number) VALUES (1, 0), (2, 0)")
                }
                try await body(one, other)
            }
        }
    }

    private func rows(_ database: any Database) async throws -> Int {
        try await database.read { db in try db.query("SELECT id FROM counter").count }
    }

    private func sum(_ database: any Database) async throws -> Int? {
        try await database.read { db in try db.value("SELECT SUM(number) FROM counter", as: Int.self) }
    }

    private func width(_ database: any Database) async throws -> Int {
        try await database.read { db in try db.query("SELECT * FROM counter ORDER BY id")[0].values.count }
    }

    /// Ends every other session in the database, as a restart of the server would.
    private func endSessions(_ database: any Database) async throws {
        try await database.write { db in
            _ = try db.query(
                """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """)
        }
    }

    @Test func aConnectionThatBrokeWhileItRestedIsReplaced() async throws {
        try await withDatabases { one, other in
            #expect(try await rows(one) == 2)
            try await endSessions(other)
            #expect(try await rows(one) == 2)
        }
    }

    @Test func aTransactionThatFindsItsConnectionBrokenBeginsAgainFromItsStart() async throws {
        try await withDatabases { one, other in
            #expect(try await rows(one) == 2)
            try await endSessions(other)
            _ = try await one.write { db in
                try db.preferIndexes()
                try db.execute("UPDATE counter SET number = number + 1")
                try db.execute("UPDATE counter SET number = number + 1")
            }
            #expect(try await sum(one) == 4)
        }
    }

    @Test func whatATransactionPrefersIsForgottenWithIt() async throws {
        try await DatabaseKind.postgreSQL.withDatabase { database in
            for _ in 0..<20 {
                let inside = try await database.read { db in
                    try db.preferIndexes()
                    return try db.value("SELECT current_setting('enable_seqscan')", as: String.self)
                }
                let after = try await database.read { db in try db.value("SELECT current_setting('enable_seqscan')", as: String.self) }
                #expect(inside == "off")
                #expect(after == "on")
            }
        }
    }

    @Test func aTransactionWhoseConnectionBreaksFailsAndLeavesNothing() async throws {
        try await withDatabases { one, _ in
            let error = try await #require(throws: DatabaseError.self) {
                try await one.write { db in
                    try db.execute("UPDATE counter SET number = 1")
                    _ = try db.query("SELECT pg_terminate_backend(pg_backend_pid())")
                    try db.execute("UPDATE counter SET number = 2")
                }
            }
            #expect(error.code == .unavailable)
            #expect(try await sum(one) == 0)
        }
    }

    @Test func aDeadlockIsResolvedByRunningABodyAgain() async throws {
        try await withDatabases { one, _ in
            let meeting = Meeting()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (first, second) in [(1, 2), (2, 1)] {
                    group.addTask {
                        try await one.write { db in
                            try db.execute("UPDATE counter SET number = number + 1 WHERE id = \(first)")
                            meeting.wait()
                            _ = try db.execute("UPDATE counter SET number = number + 1 WHERE id = \(second)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await sum(one) == 4)
            // Who runs again may come while the other one still has its locks, and meet it once more.
            #expect(meeting.arrivals >= 3)
        }
    }

    @Test func aStatementOutlivesAChangeOfItsTable() async throws {
        try await withDatabases { one, other in
            #expect(try await width(one) == 2)
            _ = try await other.write { try $0.execute("ALTER TABLE counter ADD COLUMN name TEXT") }
            #expect(try await width(one) == 3)
        }
    }

    @Test func aLeaseIsTakenAgainWhenItsConnectionBreaks() async throws {
        try await withDatabases { one, other in
            let lease = try #require(try await one.acquireLease("worker"))
            #expect(try await other.acquireLease("worker") == nil)
            try await endSessions(other)
            while try await other.freeLeases(among: ["worker"]).contains("worker") { await Task.yield() }
            #expect(try await other.acquireLease("worker") == nil)
            await lease.release()
            let passed = try #require(try await other.acquireLease("worker"))
            await passed.release()
        }
    }

    @Test func announcementsArriveAgainAfterTheConnectionBroke() async throws {
        try await withDatabases { one, other in
            var heard = one.announcements().makeAsyncIterator()
            #expect(await heard.next() != nil)
            try await endSessions(other)
            #expect(await heard.next() != nil)
            for _ in 0..<3 {
                try await other.write { try $0.announce() }
                #expect(await heard.next() != nil)
            }
        }
    }

    @Test func moreStatementsThanAConnectionKeepsPreparedCanBeRun() async throws {
        try await withDatabases { one, _ in
            for round in 0..<2 {
                let sums = try await one.read { db in
                    try (0..<300).map { number in
                        let sum: SQL = "SELECT \(raw: String(number)) + CAST(\(round) AS BIGINT)"
                        return try db.value(sum, as: Int.self) ?? -1
                    }
                }
                #expect(sums == (0..<300).map { $0 + round })
            }
        }
    }

    @Test func aServerThatIsNotThereIsUnavailable() async throws {
        let database = try PostgreSQLDatabase(url: "postgresql:///pulp?host=/nonexistent&user=pulp&password=s3cret")
        let error = try await #require(throws: DatabaseError.self) { try await database.read { try $0.query("SELECT 1").count } }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("/nonexistent"))
        #expect(!"\(error)".contains("s3cret"))
        let lease = await #expect(throws: DatabaseError.self) { try await database.acquireLease("worker") }
        #expect(lease?.code == .unavailable)
        try await database.close()
    }

    @Test(arguments: ["postgresql://pulp:s3cret@[::1/pulp", "postgresql://pulp:%zzs3cret@host/", "no such=s3cret thing", "port"])
    func anAddressThatMakesNoSenseIsRefusedWithoutBeingRepeated(url: String) {
        let error = #expect(throws: DatabaseError.self) { try PostgreSQLDatabase(url: url) }
        #expect(error?.message.contains("s3cret") == false)
    }
}

/// Where the first two wait for each other.
private final class Meeting: Sendable {
    private let count = Atomic(0)
    private let complete = DispatchSemaphore(value: 0)

    var arrivals: Int { count.load(ordering: .sequentiallyConsistent) }

    func wait() {
        switch count.add(1, ordering: .sequentiallyConsistent).newValue {
        case 1: complete.wait()
        case 2: complete.signal()
        default: break
        }
    }
}
