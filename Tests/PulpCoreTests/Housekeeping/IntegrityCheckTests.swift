import Foundation
import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite struct IntegrityCheckTests {
    @Test(arguments: DatabaseKind.allCases)
    func aHealthyStoreHasNoViolations(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            #expect(try await store.violations(verify: true) == [])
            let repository = try await store.repository("r", next: 3)
            let (first, second) = (try await store.version(1, of: repository), try await store.version(2, of: repository))
            let stays = try await store.content("stays", files: [("a", try await store.artifact("a").key)])
            let goes = try await store.content("goes", files: [("b/c", try await store.artifact("b").key)])
            let comes = try await store.content("comes", repositoryKey: "goes", files: [("b", try await store.artifact("b").key)])
            try await store.put(stays, in: repository)
            try await store.put(goes, in: repository, upTo: 2)
            try await store.put(comes, in: repository, from: 2)
            try await store.count(first, added: 2, present: 2)
            try await store.count(second, added: 1, removed: 1, present: 2)
            #expect(try await store.violations(verify: true) == [])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func bytesThatDisagreeWithTheirRows(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let (missing, short, extra) = (
                try await store.artifact("missing"), try await store.artifact("short"), try await store.artifact("extra")
            )
            try await store.store.delete(missing.sha256)
            try Data("s".utf8).write(to: URL(filePath: try #require(store.store.localPath(of: short.sha256))))
            try await store.execute("DELETE FROM artifact WHERE id = \(extra.key)")
            let left = "\(store.folder)/media/staging/\(UUIDv7.make())"
            try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: "\(left)/half"))
            #expect(
                Set(try await store.violations()) == [
                    .artifactWithoutBlob(missing.sha256), .blobOfWrongSize(short.sha256, expected: 5, found: 1),
                    .blobWithoutArtifact(extra.sha256), .abandonedFile(path: "\(left)/half"),
                ])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func filesThatNobodyHasAndUnitsWithoutFields(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let content = try await store.content("unit", files: [("nowhere", nil)])
            try await store.execute("CREATE TABLE content_test_unit (content BIGINT PRIMARY KEY)")
            let id = try await id(of: content, in: store)
            let check = IntegrityCheck(
                database: store.database, store: store.store, tables: [KindTable(type: "test.unit", table: "content_test_unit")])
            #expect(
                Set(try await check.violations())
                    == [.fileWithoutSource(id, path: "nowhere"), .contentWithoutFields(id, type: "test.unit")])
            try await store.source(of: content, at: try await store.remote("upstream"))
            try await store.execute("INSERT INTO content_test_unit (content) VALUES (\(content))")
            #expect(try await check.violations() == [])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func membershipsThatOverlap(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let repository = try await store.repository("r", next: 6)
            let one = try await store.content("one", repositoryKey: "same")
            let other = try await store.content("other", repositoryKey: "same")
            try await store.put(one, in: repository, from: 1, upTo: 4)
            try await store.put(other, in: repository, from: 3)
            try await store.put(other, in: repository, from: 5, upTo: 5)
            let (r, id) = (ID<Repository>(prn: StoreBuilder.prn(ofRepository: "r")), try await id(of: other, in: store))
            #expect(
                Set(try await store.violations()) == [
                    .duplicateRepositoryKey(r, type: "test.unit", key: "same", version: 3),
                    .overlappingMembership(r, id, version: 5), .emptyMembership(r, id, version: 5),
                ])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func pathsThatCannotStandBesideEachOther(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let repository = try await store.repository("r", next: 4)
            let artifact = try await store.artifact("x").key
            for (key, path, version) in [("1", "a", 1), ("2", "a/b", 2), ("3", "a-b", 1), ("4", "a0", 1), ("5", "a", 3), ("6", "z/a", 1)] {
                let content = try await store.content(key, files: [(path, artifact)])
                try await store.put(content, in: repository, from: version, upTo: key == "2" ? 3 : .never)
            }
            let r = ID<Repository>(prn: StoreBuilder.prn(ofRepository: "r"))
            #expect(
                Set(try await store.violations()) == [
                    .pathConflict(r, path: "a", other: "a/b", version: 2), .pathConflict(r, path: "a", other: "a", version: 3),
                ])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func countsThatAreWrong(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let repository = try await store.repository("r", next: 2)
            let version = try await store.version(1, of: repository)
            try await store.put(try await store.content("unit"), in: repository)
            try await store.count(version, added: 1, present: 1, type: "test.other")
            let uuid = try #require(try await store.value("SELECT uuid FROM repository_version", as: String.self))
            let id = ID<RepositoryVersion>(prn: "prn:core.repositoryversion:\(uuid)")
            let (none, one) = (Violation.Counts(added: 0, removed: 0, present: 0), Violation.Counts(added: 1, removed: 0, present: 1))
            #expect(
                Set(try await store.violations()) == [
                    .wrongCount(id, type: "test.unit", stored: none, actual: one),
                    .wrongCount(id, type: "test.other", stored: one, actual: none),
                ])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func whatNobodyFinishesAndNumbersThatAreTaken(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let repository = try await store.repository("r", next: 2)
            let version = try await store.version(2, of: repository)
            try await store.version(3, of: repository, complete: false)
            try await store.execute(
                """
                INSERT INTO publication (prn, type, repository_version, details, created, updated)
                VALUES ('prn:p', 'test.publication', \(version), '{}', 0, 0)
                """)
            let uuid = try #require(try await store.value("SELECT uuid FROM repository_version WHERE number = 3", as: String.self))
            let taken = Violation.nextVersionTaken(ID(prn: StoreBuilder.prn(ofRepository: "r")), next: 2, latest: 2)
            #expect(
                Set(try await store.violations()) == [
                    taken, .incompleteVersion(ID(prn: "prn:core.repositoryversion:\(uuid)")), .incompletePublication(ID(prn: "prn:p")),
                ])
            let lease = try await store.database.acquireLease(Presence.leaseName("worker of maker"))
            try await task("maker", state: "running", lock: StoreBuilder.prn(ofRepository: "r"), in: store)
            #expect(try await store.violations() == [taken])
            await lease?.release()
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func basePathsThatDisagreeWithTheDistributions(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            for path in ["a/b", "a/c", "d"] {
                try await store.execute(
                    """
                    INSERT INTO distribution (prn, type, name, base_path, pulp_labels, details, created, updated)
                    VALUES (\(path), 'test.distribution', \(path), \(path), '{}', '{}', 0, 0)
                    """)
            }
            for (path, ancestor, uses) in [("a", true, 2), ("a/b", false, 1), ("a/c", false, 1), ("d", false, 1)] {
                try await store.execute("INSERT INTO base_path (domain, path, ancestor, uses) VALUES (1, \(path), \(ancestor), \(uses))")
            }
            #expect(try await store.violations() == [])
            try await store.execute("UPDATE base_path SET uses = 1 WHERE path = 'a'")
            try await store.execute("UPDATE base_path SET path = 'e' WHERE path = 'd'")
            #expect(
                Set(try await store.violations()) == [
                    .basePath(path: "a", problem: "is reserved for 1 distributions, but 2 need it"),
                    .basePath(path: "d", problem: "belongs to a distribution, but is not reserved"),
                    .basePath(path: "e", problem: "is reserved, but no distribution has it"),
                ])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func tasksThatHoldWhatTheyMustNot(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            try await task("finished", state: "completed", finished: true, lock: "x", in: store)
            try await task("running", state: "running", lock: nil, in: store)
            #expect(
                Set(try await store.violations())
                    == [.locksOfFinishedTask(task: "finished"), .taskOfDeadWorker(task: "running", worker: "name of running")])
        }
    }

    private func id(of content: Int64, in store: StoreBuilder) async throws -> ID<Content> {
        ID(
            prn:
                "prn:core.content:\(try #require(try await store.value("SELECT uuid FROM content WHERE id = \(content)", as: String.self)))"
        )
    }

    private func task(_ uuid: String, state: String, finished: Bool = false, lock: String?, in store: StoreBuilder) async throws {
        try await store.execute(
            "INSERT INTO worker (uuid, name, started, heartbeat) VALUES (\("worker of \(uuid)"), \("name of \(uuid)"), 0, 0)")
        try await store.execute(
            """
            INSERT INTO task (uuid, name, state, arguments, waiting_locks, logging_cid, created, updated, finished, worker)
            VALUES (\(uuid), 'test', \(state), '{}', 0, '', 0, 0, \((finished ? Timestamp.now : nil).sql),
                (SELECT id FROM worker WHERE uuid = \("worker of \(uuid)")))
            """)
        if let lock {
            try await store.execute(
                """
                INSERT INTO task_lock (task, resource, exclusive, granted) SELECT id, \(lock), TRUE, TRUE FROM task WHERE uuid = \(uuid)
                """)
        }
    }
}
