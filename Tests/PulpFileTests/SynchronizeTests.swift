import PulpCore
import PulpFile
import PulpTesting
import Testing

@Suite("Synchronizing files")
struct SynchronizeTests {
    @Test("A sync takes over what the manifest lists", arguments: DatabaseKind.allCases, DownloadPolicy.allCases)
    func takesOver(kind: DatabaseKind, policy: DownloadPolicy) async throws {
        try await Mirror.with(kind, policy: policy) { mirror in
            try mirror.upstream.serve([("a", "1"), ("b/c,d", "22"), ("b/ü", "333")])
            let version = try #require(try await mirror.sync())
            #expect(version.number == 1)
            #expect(try await mirror.paths() == ["a", "b/c,d", "b/ü"])
            let downloads = mirror.upstream.remote.count - 1
            #expect(downloads == (policy == .immediate ? 3 : 0))
        }
    }

    @Test("A sync with nothing new upstream is skipped, and one after a change here is not", arguments: DatabaseKind.allCases)
    func skipped(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            try mirror.upstream.serve([("a", "1"), ("b", "2")])
            try await mirror.sync()
            #expect(try await mirror.sync() == nil)
            #expect(mirror.upstream.remote.count(of: "/a") == 1)
            _ = try await mirror.pulp.run(ModifyRepository(mirror.repository.id, remove: .everything))
            #expect(try await mirror.paths() == [])
            #expect(try await mirror.sync() != nil, "the repository changed since, so the note of the last sync does not hold")
            #expect(try await mirror.paths() == ["a", "b"])
            #expect(mirror.upstream.remote.count(of: "/a") == 1, "the bytes were here already")
        }
    }

    @Test("An additive sync only adds; a mirroring one removes what is gone upstream", arguments: DatabaseKind.allCases)
    func mirroring(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            try mirror.upstream.serve([("a", "1"), ("b", "2")])
            try await mirror.sync()
            try mirror.upstream.serve([("b", "changed"), ("c", "3")])
            try await mirror.sync()
            #expect(try await mirror.paths() == ["a", "b", "c"])
            let version = try #require(try await mirror.sync(mirror: true))
            #expect(try await mirror.paths() == ["b", "c"])
            let counts = try #require(try await mirror.pulp.summary(of: version).counts["file.file"])
            #expect((counts.added, counts.removed, counts.present) == (0, 1, 2))
        }
    }

    @Test("A mirroring sync publishes the upstream manifest as it is", arguments: DatabaseKind.allCases)
    func manifest(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            let text = try Upstream.line(("b", "2")) + "\n" + Upstream.line(("a", "1"))
            mirror.upstream.remote.answer("/PULP_MANIFEST", with: .file(text))
            mirror.upstream.remote.answer("/a", with: .file("1"))
            mirror.upstream.remote.answer("/b", with: .file("2"))
            try await mirror.sync(mirror: true)
            var distribution = FileDistribution(name: "d", basePath: "d")
            distribution.distribution.repository = mirror.repository.id.cast()
            _ = try await mirror.pulp.create(distribution)
            #expect(try await mirror.pulp.served("d/PULP_MANIFEST") == text)
            #expect(try await mirror.pulp.served("d/a") == "1")
        }
    }

    @Test("Mirroring an autopublished repository is refused in Pulp's words", arguments: DatabaseKind.allCases)
    func mirrorWithAutopublish(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            let repository = try await mirror.pulp.create(FileRepository(name: "auto", autopublish: true))
            let error = await #expect(throws: PulpError.self) {
                _ = try await mirror.pulp.run(SynchronizeFiles(repository.id, from: mirror.remote.id, mirror: true))
            }
            #expect(error?.message.contains("Cannot use mirror mode with autopublished repository.") == true)
        }
    }

    @Test("A path that is listed twice with one digest counts once; with two digests the sync fails", arguments: DatabaseKind.allCases)
    func duplicates(kind: DatabaseKind) async throws {
        try await Mirror.with(kind, policy: .onDemand) { mirror in
            try mirror.upstream.serve([("a", "1"), ("a", "1")])
            try await mirror.sync()
            #expect(try await mirror.paths() == ["a"])
            for others in [0, 1200] {  // in one batch, and in two
                let filler = (0..<others).map { (path: "f\($0)", text: "1") }
                try mirror.upstream.list([(path: "x", text: "1")] + filler + [(path: "x", text: "2")])
                let error = await #expect(throws: PulpError.self) { try await mirror.sync() }
                #expect(error?.code == .duplicateContent)
                #expect(error?.message.contains("\"x\"") == true)
                #expect(try await mirror.latest() == 1)
            }
        }
    }

    @Test("Two Unicode spellings and two letter cases of a name are two files, byte for byte", arguments: DatabaseKind.allCases)
    func spellings(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            let names = ["\u{FC}", "u\u{308}", "NAME", "name"]
            mirror.upstream.remote.answerOthers { _ in .file("1") }
            try mirror.upstream.list(names.map { (path: $0, text: "1") })
            try await mirror.sync()
            let paths = try await mirror.paths()
            #expect(Set(paths.map { Array($0.utf8) }) == Set(names.map { Array($0.utf8) }))
            #expect(paths.count == 4)
        }
    }

    @Test("A line that no path may have fails the sync, and the version before stays", arguments: DatabaseKind.allCases)
    func hostileLine(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            try mirror.upstream.serve([("a", "1")])
            try await mirror.sync()
            let evil = try Upstream.line(("a", "1")) + "../../etc/cron.d/x,\(String(repeating: "0", count: 64)),1\n"
            mirror.upstream.remote.answer("/PULP_MANIFEST", with: .file(evil))
            let error = await #expect(throws: PulpError.self) { try await mirror.sync() }
            #expect(error?.message.contains("line 2") == true)
            #expect(try await mirror.latest() == 1)
            #expect(try await mirror.pulp.violations() == [])
        }
    }

    @Test("Bytes that are not what the manifest says fail the sync, named, and are not stored", arguments: DatabaseKind.allCases)
    func wrongBytes(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            for (lie, code) in [("2", PulpError.Code.digestMismatch), ("12", .sizeMismatch), ("", .sizeMismatch)] {
                try mirror.upstream.list([("a", "1")])
                mirror.upstream.remote.answer("/a", with: .file(lie))
                let error = await #expect(throws: PulpError.self) { try await mirror.sync() }
                #expect(error?.code == code)
                #expect(error?.message.contains("/a") == true)
            }
            #expect(try await mirror.latest() == 0)
            var stored = 0
            try await mirror.pulp.store.forEach { _, _ in stored += 1 }
            #expect(stored == 0)
            #expect(try await mirror.pulp.violations() == [])
        }
    }

    @Test("What was downloaded before a failure is kept: the next sync goes on from there", arguments: DatabaseKind.allCases)
    func goesOn(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            let files = (0..<40).map { (path: "f\($0)", text: "text \($0)") }
            try mirror.upstream.serve(files)
            mirror.upstream.remote.answer("/f39", with: .status(404), .file("text 39"))
            await #expect(throws: PulpError.self) { try await mirror.sync() }
            #expect(try await mirror.latest() == 0)
            try await mirror.sync()
            #expect(try await mirror.paths().count == 40)
            let requests = files.reduce(0) { $0 + mirror.upstream.remote.count(of: "/" + $1.path) }
            #expect(requests < 60, "\(requests) requests for 40 files")
        }
    }

    @Test("A page of a captive portal is no manifest", arguments: DatabaseKind.allCases)
    func portal(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            mirror.upstream.remote.answer("/PULP_MANIFEST", with: .page("<!DOCTYPE html>\n<p>Please log in, dear guest, and pay</p>"))
            let error = await #expect(throws: PulpError.self) { try await mirror.sync() }
            let name = mirror.upstream.remote.url(of: "/PULP_MANIFEST")
            #expect(error?.message == "\(name), line 1 (the server calls it text/html): this is a page of markup, no manifest")
            let latest = try await mirror.latest()
            #expect(latest == 0)
            #expect(try mirror.pulp.stagedFiles() == [])
            #expect(try await mirror.pulp.violations() == [])
        }
    }

    @Test("A line that is wrong is named with its number, and the manifest with it", arguments: DatabaseKind.allCases)
    func wrongLine(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            let good = try Upstream.line(("a", "1"))
            mirror.upstream.remote.answer("/a", with: .file("1"))
            mirror.upstream.remote.answer("/PULP_MANIFEST", with: .file(good + "\n" + "b,nonsense,3\n"))
            let error = await #expect(throws: PulpError.self) { try await mirror.sync() }
            #expect(error?.message.hasPrefix(mirror.upstream.remote.url(of: "/PULP_MANIFEST") + ", line 3 ") == true)
            #expect(try await mirror.latest() == 0)
        }
    }

    @Test("Equal bytes under many names are downloaded once", arguments: DatabaseKind.allCases)
    func oneDownload(kind: DatabaseKind) async throws {
        try await Mirror.with(kind) { mirror in
            mirror.upstream.remote.answerOthers { _ in .file("same") }
            try mirror.upstream.list((0..<20).map { (path: "f\($0)", text: "same") })
            try await mirror.sync()
            #expect(mirror.upstream.remote.count == 2)
            #expect(try await mirror.paths().count == 20)
        }
    }
}
