import PulpTesting
import Testing

@testable import PulpCore

@Suite struct SpaceReclaimTests {
    private func reclaim(
        _ store: StoreBuilder, _ names: [String], keeping: [ID<RepositoryVersion>] = []
    ) async throws -> SpaceReclaim.Result {
        try await SpaceReclaim(database: store.database, store: store.store, types: ["test.unit"])
            .run(names.map { ID(prn: StoreBuilder.prn(ofRepository: $0)) }, keeping: keeping)
    }

    @Test(arguments: DatabaseKind.allCases)
    func onlyFilesThatCanBeFetchedAgainAndNobodyElseNeedsGo(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let (listed, other) = (try await store.repository("listed"), try await store.repository("other"))
            let remote = try await store.remote("upstream")
            var artifacts: [String: Artifact] = [:]
            func unit(_ name: String, type: String = "test.unit", hasSource: Bool = true, in repositories: [Int64]) async throws {
                let artifact = try await store.artifact(name)
                artifacts[name] = artifact
                let content = try await store.content(name, type: type, files: [(name, artifact.key)])
                if hasSource { try await store.source(of: content, at: remote) }
                for repository in repositories { try await store.put(content, in: repository) }
            }
            try await unit("free", in: [listed])
            try await unit("elsewhere too", in: [listed, other])
            try await unit("uploaded", hasSource: false, in: [listed])
            try await unit("protected kind", type: "test.protected", in: [listed])
            try await unit("not listed", in: [other])
            let generation = try await store.value("SELECT generation FROM catalogue", as: Int.self)

            #expect(try await reclaim(store, ["listed"]) == SpaceReclaim.Result(artifacts: 1, bytes: 4))
            for (name, artifact) in artifacts {
                #expect((try await store.store.size(of: artifact.sha256) == nil) == (name == "free"), "\(name)")
            }
            #expect(try await store.value("SELECT COUNT(*) FROM content_artifact WHERE artifact IS NULL") == 1)
            #expect(try await store.value("SELECT generation FROM catalogue", as: Int.self) != generation)
            #expect(try await store.violations() == [])

            #expect(try await reclaim(store, ["listed", "other"]).artifacts == 2)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func filesOfAVersionToKeepStay(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let (repository, remote) = (try await store.repository("r", next: 3), try await store.remote("upstream"))
            let version = try await store.version(1, of: repository)
            let (kept, gone) = (try await store.artifact("kept"), try await store.artifact("gone"))
            let first = try await store.content("kept", files: [("kept", kept.key)])
            let second = try await store.content("gone", files: [("gone", gone.key)])
            try await store.put(first, in: repository, from: 1, upTo: 2)
            try await store.put(second, in: repository, from: 2)
            for content in [first, second] { try await store.source(of: content, at: remote) }
            let uuid = try #require(try await store.value("SELECT uuid FROM repository_version WHERE id = \(version)", as: String.self))
            _ = try await reclaim(store, ["r"], keeping: [ID(prn: "prn:core.repositoryversion:\(uuid)")])
            #expect(try await store.store.size(of: kept.sha256) != nil)
            #expect(try await store.store.size(of: gone.sha256) == nil)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aRepositoryThatThereIsNotIsNamed(kind: DatabaseKind) async throws {
        try await StoreBuilder.with(kind) { store in
            let error = await #expect(throws: PulpError.self) { _ = try await reclaim(store, ["nowhere"]) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("prn:test.repo:nowhere") == true)
        }
    }
}
