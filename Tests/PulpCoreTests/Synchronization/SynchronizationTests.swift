import Foundation
import NIOCore
import PulpTesting
import Synchronization
import Testing

@testable import PulpCore

@Suite("A synchronization")
struct SynchronizationTests {
    /// A repository of one version, with the note `old`, and a remote that has all paths.
    private struct Fixture {
        let pulp: Pulp
        let upstream: FakeRemote
        let repository: Record<NoteRepository>
        let remote: Record<NoteRemote>

        static func with(
            _ kind: DatabaseKind, policy: DownloadPolicy = .immediate, _ configure: (inout Settings) -> Void = { _ in },
            _ body: (Fixture) async throws -> Void
        ) async throws {
            try await withFakeRemote { upstream in
                upstream.answerOthers { .file($0.path) }
                try await kind.withPulp(plugins: [.notes], configure) { pulp in
                    var remote = NoteRemote()
                    remote.remote = RemoteSettings(name: "upstream", url: upstream.url, policy: policy)
                    let repository = try await pulp.notes()
                    _ = try await pulp.newVersion(of: repository.id) { try await $0.add([Note("old")]) }
                    try await body(
                        Fixture(pulp: pulp, upstream: upstream, repository: repository, remote: try await pulp.create(remote)))
                }
            }
        }

        func task(_ paths: [String], digests: [DigestAlgorithm] = [.sha256]) -> SyncNotes {
            let declared = paths.map { path in
                let digests = ByteBuffer(string: "/" + path).withUnsafeReadableBytes { bytes in
                    Dictionary(uniqueKeysWithValues: digests.map { ($0, DigestHasher.digests(of: bytes, [$0])[$0] ?? "") })
                }
                return SyncNotes.Declared(path: path, url: upstream.url(of: "/" + path), digests: digests)
            }
            return SyncNotes(repository: repository.id, remote: remote.id, declared: declared)
        }
    }

    @Test(
        "is refused when a unit has forbidden digests only, which names it; nothing is asked of the remote",
        arguments: DatabaseKind.allCases,
        DownloadPolicy.allCases)
    func forbiddenDigests(kind: DatabaseKind, policy: DownloadPolicy) async throws {
        try await Fixture.with(kind, policy: policy) { (fixture) async throws in
            let error = await #expect(throws: PulpError.self) {
                try await fixture.pulp.run(fixture.task(["good", "some/weak"], digests: [.md5, .sha1]))
            }
            #expect(error?.code == .unsupportedDigest)
            #expect(error?.message == "good: there are only digests that are not allowed: md5, sha1")
            #expect(fixture.upstream.count == 0)
            #expect(try await fixture.pulp.latestVersion(of: fixture.repository.id).number == 1)
            #expect(try await fixture.pulp.integrityCheck.violations() == [])
        }
    }

    @Test("says how many files it has downloaded, out of those that are missing", arguments: DatabaseKind.allCases)
    func progress(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { (fixture) async throws in
            #expect(try await downloads(fixture, ["a", "b"]) == ["0/2", "1/2", "2/2"])
            #expect(try await downloads(fixture, ["a", "b", "c"]) == ["0/1", "1/1"])
            #expect(try await downloads(fixture, ["a", "b", "c"]) == [])
        }
    }

    @Test("that leaves the files upstream says nothing of downloads", arguments: DatabaseKind.allCases)
    func noProgress(kind: DatabaseKind) async throws {
        try await Fixture.with(kind, policy: .onDemand) { (fixture) async throws in
            #expect(try await downloads(fixture, ["a", "b"]) == [])
        }
    }

    private func downloads(_ fixture: Fixture, _ paths: [String]) async throws -> [String] {
        let seen = Mutex<[ProgressReport]>([])
        _ = try await fixture.pulp.run(fixture.task(paths)) { report in seen.withLock { $0.append(report) } }
        return seen.withLock { reports in
            reports.filter { $0.code == "sync.downloading.artifacts" }.map { "\($0.done)/\($0.total ?? -1)" }
        }
    }

    @Test("records every digest that a remote adds later", arguments: DatabaseKind.allCases)
    func newDigests(kind: DatabaseKind) async throws {
        try await Fixture.with(kind, policy: .onDemand) { (fixture) async throws in
            func known(_ column: String) async throws -> Int? {
                try await fixture.pulp.database.read { db in
                    try db.value("SELECT COUNT(*) FROM remote_artifact WHERE \(raw: column) IS NOT NULL", as: Int.self)
                }
            }
            _ = try await fixture.pulp.run(fixture.task(["a"], digests: [.sha256]))
            #expect(try await known("sha512") == 0)
            _ = try await fixture.pulp.run(fixture.task(["a"], digests: [.sha256, .sha512]))
            #expect(try await known("sha512") == 1)
            _ = try await fixture.pulp.run(fixture.task(["a"], digests: [.sha256]))
            #expect(try await known("sha512") == 0)
        }
    }

    @Test("takes digests that the configuration allows", arguments: DatabaseKind.allCases)
    func allowedDigests(kind: DatabaseKind) async throws {
        try await Fixture.with(kind, { $0.allowedContentChecksums = [.md5, .sha256] }) { (fixture) async throws in
            let version = try await fixture.pulp.run(fixture.task(["a"], digests: [.md5]))
            #expect(version?.number == 2)
        }
    }

    @Test(
        "takes a unit without digests at once, since it sees the bytes, and not for later",
        arguments: DatabaseKind.allCases, DownloadPolicy.allCases)
    func noDigests(kind: DatabaseKind, policy: DownloadPolicy) async throws {
        try await Fixture.with(kind, policy: policy) { (fixture) async throws in
            do {
                let version = try await fixture.pulp.run(fixture.task(["a"], digests: []))
                #expect(policy == .immediate && version?.number == 2)
            } catch let error as PulpError {
                #expect(policy != .immediate && error.code == .missingDigest)
                #expect(error.message.hasPrefix("a: "))
            }
        }
    }

    @Test(
        "that is canceled before its version is sealed leaves nothing behind", arguments: DatabaseKind.allCases,
        [SyncNotes.Stage.betweenUnits, .beforeSeal])
    func canceled(kind: DatabaseKind, stage: SyncNotes.Stage) async throws {
        try await Fixture.with(kind) { (fixture) async throws in
            // So many that the first batch is saved when the last unit has been declared.
            var task = fixture.task((0..<1001).map { "n\($0)" })
            for index in task.declared.indices { task.declared[index].url = fixture.upstream.url(of: "/same") }
            for index in task.declared.indices { task.declared[index].digests = [:] }
            try await cancel(task, at: stage, in: fixture)
            let latest = try await fixture.pulp.latestVersion(of: fixture.repository.id)
            #expect(latest.number == 1)
            #expect(try await fixture.pulp.texts(in: latest) == ["old="])
            #expect(try await fixture.pulp.integrityCheck.violations() == [])
            let version = try await fixture.pulp.run(fixture.task(["a"]))
            #expect(version?.number == 2)
        }
    }

    @Test("that is canceled while it publishes leaves a whole version and no publication", arguments: DatabaseKind.allCases)
    func canceledPublishing(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { (fixture) async throws in
            try await cancel(fixture.task(["a"]), at: .whilePublishing, in: fixture)
            let latest = try await fixture.pulp.latestVersion(of: fixture.repository.id)
            #expect(latest.number == 2)
            #expect(try await fixture.pulp.texts(in: latest) == ["a=", "old="])
            #expect(try await fixture.pulp.list(NotePublication.self).isEmpty)
            #expect(try await fixture.pulp.integrityCheck.violations() == [])
        }
    }

    @Test(
        "that an orphan cleanup takes what it has downloaded but not saved yet downloads it again", arguments: DatabaseKind.allCases)
    func downloadsDeletedMeanwhile(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { (fixture) async throws in
            // So many that the first batch is downloaded, and not saved, when the last unit has been declared.
            var task = fixture.task((0..<1001).map { "n\($0)" })
            let (name, gate) = Gate.make()
            (task.gate, task.stage) = (name, .beforeSeal)
            let (pulp, gated) = (fixture.pulp, task)
            let running = Task { try await pulp.run(gated) }
            await gate.arrivals()
            let cleaned = try await pulp.run(OrphanCleanup(protectionTime: 0))
            // Other bytes must not take the place of those that are gone.
            _ = try await pulp.artifacts.add(ByteBuffer(string: "something else"))
            gate.open()
            #expect(cleaned.artifacts == 1000)
            #expect(try await running.value?.number == 2)
            #expect(fixture.upstream.count == 2001)
            #expect(try await fixture.pulp.integrityCheck.violations() == [])
        }
    }

    private func cancel(_ task: SyncNotes, at stage: SyncNotes.Stage, in fixture: Fixture) async throws {
        let (name, gate) = Gate.make()
        var task = task
        (task.gate, task.stage) = (name, stage)
        let (pulp, gated) = (fixture.pulp, task)
        let running = Task { try await pulp.run(gated) }
        await gate.arrivals()
        running.cancel()
        await #expect(throws: CancellationError.self) { _ = try await running.value }
        #expect(try await pulp.tasks.list().tasks.map(\.state) == [.canceled])
        #expect(try pulp.stagedFiles() == [])
    }

    @Test("whose worker dies leaves no draft once its task is failed, and what it still does is in vain", arguments: DatabaseKind.allCases)
    func deadWorker(kind: DatabaseKind) async throws {
        try await Fixture.with(kind) { (fixture) async throws in
            let (name, gate) = Gate.make()
            var task = fixture.task((0..<3).map { "n\($0)" })
            (task.gate, task.stage) = (name, .beforeSeal)
            let pulp = fixture.pulp
            let worker = try await Worker.register(for: pulp, engine: pulp.tasks) { .everything }
            let life = Task { await worker.serve() }
            let handle = try await pulp.dispatch(task)
            await gate.arrivals()
            await worker.identity.giveUp()
            try await pulp.tasks.bury()
            await #expect(throws: PulpError(.internal, "Worker has gone missing.")) { _ = try await handle.value() }
            #expect(try await pulp.integrityCheck.violations() == [])
            // Another task makes the version of that number before the dead one notices.
            _ = try await pulp.newVersion(of: fixture.repository.id) { draft in
                try await draft.add([Note("new")])
                gate.open()
                worker.stop(after: .seconds(600))
                await life.value
            }
            let latest = try await pulp.latestVersion(of: fixture.repository.id)
            #expect(latest.number == 2)
            #expect(try await pulp.texts(in: latest) == ["new=", "old="])
            #expect(try await pulp.integrityCheck.violations() == [])
        }
    }
}
