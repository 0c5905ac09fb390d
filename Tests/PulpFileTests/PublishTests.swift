import PulpFile
import PulpTesting
import Testing

@testable import PulpCore

@Suite("Publishing files")
struct PublishTests {
    @Test(
        "A publication serves the version's files and a manifest of them, ordered by path", arguments: DatabaseKind.allCases,
        DownloadPolicy.allCases)
    func manifest(kind: DatabaseKind, policy: DownloadPolicy) async throws {
        try await Mirror.with(kind, policy: policy) { mirror in
            let files = [(path: "b/c", text: "22"), (path: "a", text: "1"), (path: "b-d", text: "333")]
            try mirror.upstream.serve(files)
            try await mirror.sync()
            let publication = try await mirror.pulp.run(PublishFiles(mirror.repository.id))
            var distribution = FileDistribution(name: "d", basePath: "some/where")
            distribution.distribution.publication = publication.cast()
            _ = try await mirror.pulp.create(distribution)
            let lines = try [files[1], files[2], files[0]].map(Upstream.line).joined()
            #expect(try await mirror.pulp.served("some/where/PULP_MANIFEST") == lines)
            for file in files { #expect(try await mirror.pulp.served("some/where/" + file.path) == file.text) }
        }
    }

    @Test("The same version publishes to the same bytes", arguments: DatabaseKind.allCases)
    func deterministic(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            try mirror.upstream.serve([("a", "1"), ("b", "2")])
            try await mirror.sync()
            for path in ["one", "two"] {
                let publication = try await mirror.pulp.run(PublishFiles(mirror.repository.id))
                var distribution = FileDistribution(name: path, basePath: path)
                distribution.distribution.publication = publication.cast()
                _ = try await mirror.pulp.create(distribution)
            }
            #expect(try await mirror.pulp.served("one/PULP_MANIFEST") == mirror.pulp.served("two/PULP_MANIFEST"))
        }
    }

    @Test("An autopublished repository publishes each new version, and a distribution of it follows", arguments: DatabaseKind.allCases)
    func autopublish(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            let repository = try await mirror.pulp.create(FileRepository(name: "auto", autopublish: true))
            var distribution = FileDistribution(name: "auto", basePath: "auto")
            distribution.distribution.repository = repository.id.cast()
            _ = try await mirror.pulp.create(distribution)
            for text in ["1", "22"] {
                try mirror.upstream.serve([("a", text)])
                _ = try await mirror.pulp.run(SynchronizeFiles(repository.id, from: mirror.remote.id))
                #expect(try await mirror.pulp.served("auto/PULP_MANIFEST") == Upstream.line(("a", text)))
                #expect(try await mirror.pulp.served("auto/a") == text)
            }
        }
    }

    @Test("A mirror takes over a manifest that lists the same files in another order", arguments: DatabaseKind.allCases)
    func reordered(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            var distribution = FileDistribution(name: "d", basePath: "d")
            distribution.distribution.repository = mirror.repository.id.cast()
            _ = try await mirror.pulp.create(distribution)
            let files = [(path: "a", text: "1"), (path: "b", text: "2")]
            try mirror.upstream.serve(files)
            try await mirror.sync(mirror: true)
            try mirror.upstream.serve(files.reversed())
            #expect(try await mirror.sync(mirror: true) == nil)
            #expect(try await mirror.pulp.served("d/PULP_MANIFEST") == files.reversed().map(Upstream.line).joined())
        }
    }

    @Test(
        "What a sync could not publish any more, the next one publishes although nothing changed", arguments: DatabaseKind.allCases,
        [true, false])
    func unpublished(kind: DatabaseKind, mirrors: Bool) async throws {
        try await Mirror.with(kind) { mirror in
            let pulp = mirror.pulp
            let repository = try await pulp.create(FileRepository(name: "auto", autopublish: !mirrors))
            _ = try await pulp.create(FileDistribution(name: "d", basePath: "d", of: repository.id))
            func sync() async throws -> RepositoryVersion? {
                try await pulp.run(SynchronizeFiles(repository.id, from: mirror.remote.id, mirror: mirrors))
            }
            try mirror.upstream.serve([("a", "1")])
            _ = try await sync()
            try mirror.upstream.serve([("a", "22")])
            // The version is sealed; the transaction that would publish it fails.
            try await rename("published_file", to: "hidden", in: pulp)
            await #expect(throws: PulpError.self) { _ = try await sync() }
            try await rename("hidden", to: "published_file", in: pulp)
            #expect(try await pulp.latestVersion(of: repository.id).number == 2)
            #expect(try await pulp.served("d/PULP_MANIFEST") == Upstream.line(("a", "1")), "the version before is still served")
            #expect(try await pulp.served("d/a") == "1")
            #expect(try await pulp.violations().filter { !$0.isDebris } == [])

            #expect(try await sync() == nil)
            #expect(try await pulp.served("d/PULP_MANIFEST") == Upstream.line(("a", "22")))
            #expect(try await pulp.served("d/a") == "22")
            #expect(try await pulp.violations() == [])
            #expect(try await sync() == nil)
            #expect(try await pulp.list(FilePublication.self).count == 2)
        }
    }

    @Test("What an added unit could not have published any more, the same again publishes", arguments: DatabaseKind.allCases)
    func unpublishedAddition(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            let pulp = mirror.pulp
            try mirror.upstream.serve([("a", "1")])
            try await mirror.sync()
            let unit = try #require(try await pulp.units(FileContent.self).first)
            let repository = try await pulp.create(FileRepository(name: "auto", autopublish: true))
            let addition = ModifyRepository(repository.id, add: [unit.id.cast()])
            try await rename("published_file", to: "hidden", in: pulp)
            await #expect(throws: PulpError.self) { _ = try await pulp.run(addition) }
            try await rename("hidden", to: "published_file", in: pulp)
            #expect(try await pulp.list(FilePublication.self).isEmpty)
            #expect(try await pulp.run(addition) == nil, "the version is there already")
            #expect(try await pulp.list(FilePublication.self).count == 1)
            _ = try await pulp.run(addition)
            #expect(try await pulp.list(FilePublication.self).count == 1)
        }
    }

    @Test("A checkpoint is made of the latest version only: later moments show later states", arguments: DatabaseKind.allCases)
    func oldCheckpoint(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            try mirror.upstream.serve([("a", "1")])
            try await mirror.sync()
            let error = await #expect(throws: PulpError.self) {
                _ = try await mirror.pulp.run(PublishFiles(mirror.repository.id, version: 1, checkpoint: true))
            }
            #expect(error?.message.contains("checkpoint") == true)
            #expect(try await mirror.pulp.list(FilePublication.self).isEmpty)
        }
    }

    private func rename(_ table: String, to name: String, in pulp: Pulp) async throws {
        _ = try await pulp.database.write { db in try db.execute("ALTER TABLE \(raw: table) RENAME TO \(raw: name)") }
    }
}
