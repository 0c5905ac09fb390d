import Foundation
import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite struct ArtifactRepairTests {
    /// An upstream whose URLs are the texts that it has.
    private func repair(_ store: StoreBuilder, verify: Bool, upstreamHas: Set<String> = []) -> ArtifactRepair {
        ArtifactRepair(database: store.database, store: store.store, verifiesChecksums: verify, allowed: [.sha256, .sha512]) {
            file, _, staged in
            try await staged.write(ByteBuffer(string: upstreamHas.contains(file.url) ? file.url : "something else"))
            return try await staged.finish()
        }
    }

    private func unit(_ text: String, in store: StoreBuilder, at remote: Int64) async throws -> Artifact {
        let artifact = try await store.artifact(text)
        try await store.source(of: try await store.content(text, files: [(text, artifact.key)]), at: remote)
        return artifact
    }

    private func damage(_ artifact: Artifact, in store: StoreBuilder) throws {
        let path = try #require(store.store.localPath(of: artifact.sha256))
        try Data(repeating: 0x21, count: Int(artifact.size)).write(to: URL(filePath: path))
    }

    /// Rows 70 and 71: a flipped bit, and bytes deleted under us.
    @Test(arguments: DatabaseKind.allCases)
    func damagedAndMissingBytesAreFetchedAgain(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let remote = try await store.remote("upstream")
            let (good, missing, damaged) = (
                try await unit("good", in: store, at: remote), try await unit("missing", in: store, at: remote),
                try await unit("damaged", in: store, at: remote)
            )
            try await store.store.delete(missing.sha256)
            try damage(damaged, in: store)
            #expect(
                Set(try await store.violations(verify: true))
                    == [.artifactWithoutBlob(missing.sha256), .blobOfWrongDigest(damaged.sha256)])

            let result = try await repair(store, verify: true, upstreamHas: ["good", "missing", "damaged"]).run(nil)
            #expect(result == ArtifactRepair.Result(missing: 1, corrupted: 1, repaired: 2))
            for artifact in [good, missing, damaged] { #expect(try await store.store.size(of: artifact.sha256) == artifact.size) }
            #expect(try await store.violations(verify: true) == [])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func damageThatSizesDoNotShowIsFoundByReadingOnly(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let damaged = try await unit("damaged", in: store, at: try await store.remote("upstream"))
            try damage(damaged, in: store)
            #expect(try await repair(store, verify: false).run(nil) == ArtifactRepair.Result())
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func damagedBytesThatNoRemoteHasAnyMoreAreRemoved(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let damaged = try await unit("damaged", in: store, at: try await store.remote("upstream"))
            try damage(damaged, in: store)
            let result = try await repair(store, verify: true).run(nil)
            #expect(result == ArtifactRepair.Result(missing: 0, corrupted: 1, repaired: 0))
            #expect(try await store.store.size(of: damaged.sha256) == nil)
            // The same bytes heal it, wherever they come from.
            try await store.artifact("damaged")
            #expect(try await store.violations(verify: true) == [])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aRepairOfAVersionLooksAtItsArtifactsOnly(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let remote = try await store.remote("upstream")
            let repository = try await store.repository("r")
            let key = try await store.version(1, of: repository)
            let (inside, outside) = (try await unit("inside", in: store, at: remote), try await unit("outside", in: store, at: remote))
            let content = try #require(try await store.value("SELECT id FROM content WHERE natural_key = 'inside'", as: Int64.self))
            try await store.put(content, in: repository)
            for artifact in [inside, outside] { try await store.store.delete(artifact.sha256) }
            let version = RepositoryVersion(
                id: ID(prn: "prn:core.repositoryversion:x"), repository: ID(prn: StoreBuilder.prn(ofRepository: "r")), number: 1,
                created: .now, key: key, repositoryKey: repository)
            let result = try await repair(store, verify: false, upstreamHas: ["inside", "outside"]).run(version)
            #expect(result == ArtifactRepair.Result(missing: 1, corrupted: 0, repaired: 1))
            #expect(try await store.store.size(of: outside.sha256) == nil)
        }
    }
}
