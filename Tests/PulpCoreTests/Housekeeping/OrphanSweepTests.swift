import Foundation
import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite struct OrphanSweepTests {
    private func sweep(_ store: StoreBuilder, cutoff: Timestamp = .now - .seconds(86_400)) -> OrphanSweep {
        OrphanSweep(database: store.database, store: store.store, cutoff: cutoff)
    }

    private let old = Timestamp.now - .seconds(2 * 86_400)

    @Test(arguments: DatabaseKind.allCases)
    func whatNothingUsesGoesWithItsBytes(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let (used, unused) = (try await store.artifact("used"), try await store.artifact("unused"))
            let repository = try await store.repository("r")
            let member = try await store.content("member", touched: old, files: [("a", used.key)])
            try await store.content("orphan", touched: old, files: [("b", unused.key)])
            try await store.put(member, in: repository)
            try await store.execute("UPDATE artifact SET touched = \(old)")

            #expect(try await sweep(store).count().content == 1)
            let result = try await sweep(store).run()
            #expect(result == OrphanSweep.Result(content: 1, artifacts: 1, bytes: 6))
            #expect(try await store.value("SELECT natural_key FROM content") == "member")
            #expect(try await store.store.size(of: unused.sha256) == nil)
            #expect(try await store.store.size(of: used.sha256) == 4)
            #expect(try await sweep(store).run() == OrphanSweep.Result())
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func whatWasUsedWithinTheProtectionTimeStays(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let artifact = try await store.artifact("recent")
            try await store.content("recent", touched: .now - .seconds(3600))
            #expect(try await sweep(store).run() == OrphanSweep.Result())
            #expect(try await sweep(store, cutoff: .now).run() == OrphanSweep.Result(content: 1, artifacts: 1, bytes: 6))
            #expect(try await store.store.size(of: artifact.sha256) == nil)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func unitsOfFormerVersionsAndFilesOfPublicationsStay(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let repository = try await store.repository("r", next: 3)
            let version = try await store.version(1, of: repository)
            let former = try await store.content("former", touched: old)
            try await store.put(former, in: repository, from: 1, upTo: 2)
            let metadata = try await store.artifact("metadata")
            try await store.execute("UPDATE artifact SET touched = \(old)")
            try await store.execute(
                """
                INSERT INTO publication (prn, type, repository_version, details, complete, created, updated)
                VALUES ('prn:p', 'test.publication', \(version), '{}', TRUE, 0, 0)
                """)
            try await store.execute(
                """
                INSERT INTO published_file (publication, relative_path, artifact)
                SELECT id, 'index', CAST(\(metadata.key) AS BIGINT) FROM publication
                """)
            #expect(try await sweep(store).run() == OrphanSweep.Result())
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func onlyChosenUnitsGoWhenSomeAreChosen(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            try await store.content("one", touched: old)
            try await store.content("other", touched: old)
            let uuid = try #require(try await store.value("SELECT uuid FROM content WHERE natural_key = 'one'", as: String.self))
            #expect(try await sweep(store).run(ids: [ID(prn: "prn:test.unit:\(uuid)")]).content == 1)
            #expect(try await store.value("SELECT natural_key FROM content") == "other")
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func moreThanOneBatchGoes(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            var rows = SQLRows([("key", .text)])
            for index in 0..<4500 { rows.append([.text("unit \(index)")]) }
            try await store.execute(
                """
                INSERT INTO content (uuid, type, natural_key, repository_key, created, updated, touched)
                SELECT r.key, 'test.unit', r.key, r.key, 0, 0, 0 FROM \(rows: rows, as: "r")
                """)
            let repository = try await store.repository("r")
            let kept = try #require(try await store.value("SELECT id FROM content WHERE natural_key = 'unit 2500'", as: Int64.self))
            try await store.put(kept, in: repository)
            #expect(try await sweep(store).run().content == 4499)
        }
    }

    /// Bytes whose row an uploader writes while the orphan's row is deleted.
    @Test(arguments: DatabaseKind.allCases)
    func bytesThatAreUploadedAgainMeanwhileStay(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let sweep = sweep(store, cutoff: .now + .seconds(3600))
            for round in 0..<20 {
                let text = "round \(round)"
                let orphan = try await store.artifact(text)
                async let swept = sweep.run()
                async let again = store.artifact(text)
                let (_, artifact) = try await (swept, again)
                #expect(artifact.sha256 == orphan.sha256)
                let rows = try await store.value("SELECT COUNT(*) FROM artifact WHERE sha256 = \(orphan.sha256)", as: Int.self)
                #expect((try await store.store.size(of: orphan.sha256) != nil) == (rows == 1))
                #expect(try await store.violations() == [])
            }
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aReferenceThatCameInTheMeantimeSparesItsArtifact(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let sweep = sweep(store, cutoff: .now + .seconds(3600))
            for round in 0..<20 {
                let artifact = try await store.artifact("round \(round)")
                async let swept = sweep.run()
                // Fails by its foreign key when the artifact went first; then there is nothing that dangles either.
                async let used: Int64? = try? store.content("unit \(round)", files: [("file \(round)", artifact.key)])
                let (_, content) = try await (swept, used)
                let files = try await store.value("SELECT COUNT(*) FROM content_artifact WHERE artifact = \(artifact.key)", as: Int.self)
                if content != nil, files == 1 { #expect(try await store.store.size(of: artifact.sha256) != nil) }
                #expect(try await store.violations() == [])
            }
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func whatACrashLeftWithoutARowIsSwept(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let artifact = try await store.artifact("left behind")
            try await store.execute("DELETE FROM artifact")
            #expect(try await store.violations() == [.blobWithoutArtifact(artifact.sha256)])
            #expect(try await sweep(store).run() == OrphanSweep.Result(strayBlobs: 1))
            #expect(try await store.violations() == [])
        }
    }
}
