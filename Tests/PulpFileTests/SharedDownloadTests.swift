import PulpFile
import PulpTesting
import Testing

@testable import PulpCore

@Suite("Synchronizations that want the same bytes at the same time")
struct SharedDownloadTests {
    /// Two repositories, each with a remote, whose one file has the same bytes.
    private struct Twins {
        let pulp: Pulp
        let upstream: FakeRemote
        let gate = FakeGate()
        let text: String
        let repositories: [ID<FileRepository>]
        let remotes: [ID<FileRemote>]

        static func with(_ kind: DatabaseKind, size: Int, _ body: (Twins) async throws -> Void) async throws {
            try await withFakeRemote { fake in
                try await kind.withPulp(plugins: [.file]) { pulp in try await body(try await Twins(pulp, fake, size)) }
            }
        }

        private init(_ pulp: Pulp, _ upstream: FakeRemote, _ size: Int) async throws {
            (self.pulp, self.upstream) = (pulp, upstream)
            text = String(repeating: "x", count: size)
            var (repositories, remotes): ([ID<FileRepository>], [ID<FileRemote>]) = ([], [])
            for name in ["one", "two"] {
                upstream.answer("/\(name)/PULP_MANIFEST", with: .file(try Upstream.line(("file", text))))
                var remote = FileRemote(name: name, url: upstream.url(of: "/\(name)/PULP_MANIFEST"))
                remote.remote.maxRetries = 0
                remotes.append(try await pulp.create(remote).id)
                repositories.append(try await pulp.create(FileRepository(name: name)).id)
            }
            (self.repositories, self.remotes) = (repositories, remotes)
        }

        /// Begins the first sync, and the second one when the first has come to the gate; returns when both wait for the bytes.
        func start() async throws -> [Task<RepositoryVersion?, any Error>] {
            var running: [Task<RepositoryVersion?, any Error>] = []
            for index in 0..<2 {
                let (pulp, repository, remote) = (pulp, repositories[index], remotes[index])
                running.append(Task { try await pulp.run(SynchronizeFiles(repository, from: remote)) })
                await gate.reached()
            }
            let digests = Array(text.utf8).withUnsafeBytes { DigestHasher.digests(of: $0, [.sha256]) }
            let digest = try #require(digests.sha256)
            while pulp.downloads.callers(of: digest) < 2 { await Task.yield() }
            return running
        }

        func expectWhole(_ version: RepositoryVersion?) async throws {
            let version = try #require(version)
            #expect(version.number == 1)
            var sizes: [Int64?] = []
            try await pulp.forEachFile(in: version) { files in sizes += files.map(\.size) }
            #expect(sizes == [Int64(text.utf8.count)])
            #expect(try pulp.stagedFiles() == [])
            #expect(try await pulp.violations() == [])
        }
    }

    @Test("download them once", arguments: DatabaseKind.allCases, [10, 300_000])
    func once(kind: DatabaseKind, size: Int) async throws {
        try await Twins.with(kind, size: size) { (twins) async throws in
            twins.upstream.answer("/one/file", with: .file(twins.text).waiting(for: twins.gate))
            let running = try await twins.start()
            twins.gate.open()
            for sync in running { try await twins.expectWhole(try await sync.value) }
            #expect(twins.upstream.count(of: "/one/file") + twins.upstream.count(of: "/two/file") == 1)
        }
    }

    @Test("try their own remote when the other's fails")
    func failure() async throws {
        try await Twins.with(.sqlite, size: 10) { (twins) async throws in
            twins.upstream.answer("/one/file", with: .status(404).waiting(for: twins.gate))
            twins.upstream.answer("/two/file", with: .file(twins.text))
            let running = try await twins.start()
            twins.gate.open()
            await #expect(throws: PulpError.self) { _ = try await running[0].value }
            try await twins.expectWhole(try await running[1].value)
        }
    }

    @Test("go on when the one that began is canceled")
    func canceled() async throws {
        try await Twins.with(.sqlite, size: 300_000) { (twins) async throws in
            twins.upstream.answer("/one/file", with: .file(twins.text).ending(.held(after: 100_000, twins.gate)))
            let running = try await twins.start()
            running[0].cancel()
            await #expect(throws: CancellationError.self) { _ = try await running[0].value }
            twins.gate.open()
            try await twins.expectWhole(try await running[1].value)
            #expect(twins.upstream.count(of: "/one/file") == 1)
        }
    }
}
