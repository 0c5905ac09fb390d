import PulpCore
import PulpFile
import PulpTesting
import Testing

@Suite("Deleting what is in use")
struct DeletionTests {
    @Test(
        "A repository or a remote goes when its running sync has ended, and the sync ends well", arguments: DatabaseKind.allCases,
        [true, false])
    func duringSync(kind: DatabaseKind, deletesRemote: Bool) async throws {
        try await Mirror.with(kind) { (mirror) async throws in
            let gate = FakeGate()
            try mirror.upstream.serve([("a", "1"), ("b", "2")])
            mirror.upstream.remote.answer("/b", with: .file("2").waiting(for: gate))
            let pulp = mirror.pulp
            let sync = Task { try await mirror.sync() }
            await gate.reached()
            let deletion = Task {
                if deletesRemote { try await pulp.delete(mirror.remote.id) } else { try await pulp.delete(mirror.repository.id) }
            }
            while try await pulp.tasks.list(TaskFilter(states: [.waiting])).total == 0 { await Task.yield() }
            #expect(try await pulp.find(FileRemote.self, named: "upstream") != nil)
            #expect(try await pulp.find(FileRepository.self, named: "mirror") != nil)
            gate.open()
            let version = try await sync.value
            #expect(version?.number == 1)
            try await deletion.value
            #expect(try await pulp.find(FileRemote.self, named: "upstream") == nil || !deletesRemote)
            #expect(try await pulp.find(FileRepository.self, named: "mirror") == nil || deletesRemote)
            #expect(try await pulp.violations() == [])
            if deletesRemote { #expect(try await mirror.paths() == ["a", "b"]) }
            _ = try await pulp.run(OrphanCleanup(protectionTime: 0))
            #expect(try await pulp.violations() == [])
        }
    }

    @Test(
        "A remote that goes while a client is sent one of its files: the client gets the whole, and so does the next",
        arguments: DatabaseKind.allCases)
    func duringFetch(kind: DatabaseKind) async throws {
        try await Mirror.with(kind, policy: .onDemand) { (mirror) async throws in
            let text = String(repeating: "0123456789", count: 30_000)
            try mirror.upstream.serve([("a", text), ("never/asked", "2")])
            try await mirror.sync()
            let pulp = mirror.pulp
            _ = try await pulp.create(FileDistribution(name: "d", basePath: "d", of: mirror.repository.id))
            let gate = FakeGate()
            mirror.upstream.remote.answer("/a", with: .file(text).ending(.held(after: 100_000, gate)))
            let client = Task { try await pulp.served("d/a") }
            await gate.reached()
            try await pulp.delete(mirror.remote.id)
            gate.open()
            #expect(try await client.value == text)
            #expect(try await pulp.served("d/a") == text)
            #expect(mirror.upstream.remote.count(of: "/a") == 1)
            #expect(try await pulp.served("d/never/asked") == nil)
        }
    }

    @Test("A version that is served is not deleted, and one that is being published waits for it")
    func versions() async throws {
        try await Mirror.with(.sqlite) { (mirror) async throws in
            let publishing = PublishFiles(mirror.repository.id).locks
            let deleting = DeleteVersion(1, of: mirror.repository.id).locks
            #expect(publishing.shared == [mirror.repository.id.prn])
            #expect(deleting.exclusive == [mirror.repository.id.prn])
        }
    }
}
