import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite(.timeLimit(.minutes(15))) struct OnDemandTests {
    typealias Fixture = CatalogueFixture
    private static let url = "http://upstream/f"

    /// A distribution `d` with a unit `f` that is upstream, and what upstream promises of it.
    private func withUnit(
        _ kind: DatabaseKind, _ policy: DownloadPolicy = .onDemand, promising text: String?,
        _ body: (Fixture, _ unit: Int64, _ remote: Int64) async throws -> Void
    ) async throws {
        try await Fixture.with(kind) { fixture in
            let (repository, remote) = (try await fixture.repository(), try await fixture.remote(policy))
            try await fixture.version(1, of: repository)
            let unit = try await fixture.unit("f", nil, in: repository)
            try await fixture.source(of: unit, at: remote, Self.url, promising: text)
            try await fixture.distribution(at: "d", repository: repository, servesVersions: true)
            try await body(fixture, unit, remote)
        }
    }

    /// All bytes, as a server reads them.
    private func text(_ file: any ArrivingArtifact, limit: Int = 50_000) async throws -> String {
        try await file.text(limit: limit)
    }

    /// Waits, by asking, until what was fetched is kept.
    private func untilKept(_ fixture: Fixture, _ text: String) async throws {
        try await fixture.untilKept("d/f", text)
    }

    // MARK: What comes

    @Test(arguments: DatabaseKind.allCases)
    func aFileIsFetchedOnceAndKept(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, _, _) async throws in
            fixture.upstream.script(Self.url, "hello")
            let file = try await fixture.arriving("d/f")
            #expect(file.name == "f")
            #expect(file.sha256 != nil)
            #expect(file.lastModified == Fixture.moment)
            #expect(fixture.upstream.asked.isEmpty)
            #expect(try await text(file) == "hello")
            try await untilKept(fixture, "hello")
            #expect(fixture.upstream.asked.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aThousandClientsAreOneFetch(kind: DatabaseKind) async throws {
        let large = String(repeating: "0123456789abcdef", count: 20_000)
        try await withUnit(kind, promising: large) { (fixture, _, _) async throws in
            let gate = UpstreamGate()
            let bytes = ByteBuffer(string: large)
            fixture.upstream.script(
                Self.url,
                [
                    .send(bytes.getSlice(at: 0, length: 100_000) ?? bytes), .wait(gate),
                    .send(bytes.getSlice(at: 100_000, length: 220_000) ?? bytes),
                ])
            let file = try await fixture.arriving("d/f")
            try await withThrowingTaskGroup(of: Bool.self) { clients in
                for number in 0..<1000 {
                    let mine = number == 0 ? file : try await fixture.arriving("d/f")
                    clients.addTask { try await text(mine, limit: 100_000) == large }
                }
                await gate.untilReached()
                gate.open()
                for try await isWhole in clients { #expect(isWhole) }
            }
            try await untilKept(fixture, large)
            #expect(fixture.upstream.asked.count == 1)
        }
    }

    /// A client that was answered before the file was kept, and asks for it afterwards, costs no second fetch.
    @Test(arguments: DatabaseKind.allCases)
    func lateClientsFindTheStore(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, _, _) async throws in
            fixture.upstream.script(Self.url, "hello")
            let (first, late) = (try await fixture.arriving("d/f"), try await fixture.arriving("d/f"))
            #expect(try await text(first) == "hello")
            try await untilKept(fixture, "hello")
            #expect(try await text(late) == "hello")
            #expect(fixture.upstream.asked.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func bytesThatCameAnotherWayAreNotFetched(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, unit, _) async throws in
            let artifact = try await fixture.artifact("hello")
            #expect(try await text(try await fixture.arriving("d/f")) == "hello")
            #expect(fixture.upstream.asked.isEmpty)
            #expect(try await fixture.value("SELECT artifact FROM content_artifact WHERE id = \(unit)") == artifact)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func rangesAreReadWhileTheRestComes(kind: DatabaseKind) async throws {
        let large = String(repeating: "0123456789", count: 20_000)
        try await withUnit(kind, promising: large) { (fixture, _, _) async throws in
            let gate = UpstreamGate()
            let bytes = ByteBuffer(string: large)
            fixture.upstream.script(
                Self.url,
                [
                    .send(bytes.getSlice(at: 0, length: 150_000) ?? bytes), .wait(gate),
                    .send(bytes.getSlice(at: 150_000, length: 50_000) ?? bytes),
                ])
            let file = try await fixture.arriving("d/f")
            #expect(try await file.size() == 200_000)
            #expect(String(buffer: try await file.read(from: 140_003, limit: 5)) == "34567")
            async let tail = file.read(from: 199_999, limit: 100)
            gate.open()
            #expect(String(buffer: try await tail) == "9")
            #expect(try await file.read(from: 200_000, limit: 100).readableBytes == 0)
            file.leave()
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func anEmptyFileArrivesToo(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "") { (fixture, _, _) async throws in
            fixture.upstream.script(Self.url, "")
            #expect(try await text(try await fixture.arriving("d/f")) == "")
            try await untilKept(fixture, "")
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func whatTheStoreHasLostIsFetchedAgain(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, _, _) async throws in
            fixture.upstream.script(Self.url, "hello")
            _ = try await text(try await fixture.arriving("d/f"))
            try await untilKept(fixture, "hello")
            try await fixture.store.forEach { digest, _ in try await fixture.store.delete(digest) }
            #expect(try await text(try await fixture.arriving("d/f")) == "hello")
            try await untilKept(fixture, "hello")
            #expect(fixture.upstream.asked.count == 2)
            try await fixture.execute("DELETE FROM remote_artifact")
            try await fixture.store.forEach { digest, _ in try await fixture.store.delete(digest) }
            #expect(try await fixture.get("d/f") == .notFound)
        }
    }

    // MARK: Who leaves

    @Test(arguments: DatabaseKind.allCases)
    func whatIsKeptGoesOnWhenAllClientsLeave(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, _, _) async throws in
            let gate = UpstreamGate()
            fixture.upstream.script(Self.url, [.wait(gate), .send(ByteBuffer(string: "hello"))])
            let file = try await fixture.arriving("d/f")
            let waiting = Task { try await file.size() }
            await gate.untilReached()
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            file.leave()
            gate.open()
            try await untilKept(fixture, "hello")
            #expect(fixture.upstream.asked.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func whatIsStreamedIsNeverKept(kind: DatabaseKind) async throws {
        try await withUnit(kind, .streamed, promising: "hello") { (fixture, _, _) async throws in
            fixture.upstream.script(Self.url, "hello")
            for round in 1...2 {
                #expect(try await text(try await fixture.arriving("d/f")) == "hello")
                #expect(fixture.upstream.asked.count == round)
            }
            #expect(try await fixture.value("SELECT COUNT(*) FROM artifact") == Int64(0))
            try await fixture.store.forEach { digest, _ in Issue.record("\(digest) was kept") }
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aStreamEndsWithItsLastClient(kind: DatabaseKind) async throws {
        try await withUnit(kind, .streamed, promising: "hello") { (fixture, _, _) async throws in
            let gate = UpstreamGate()
            fixture.upstream.script(Self.url, [.wait(gate), .send(ByteBuffer(string: "hello"))])
            let file = try await fixture.arriving("d/f")
            let waiting = Task { try await file.size() }
            await gate.untilReached()
            file.leave()
            await #expect(throws: PulpError.self) { try await waiting.value }
            while fixture.upstream.canceled == 0 { await Task.yield() }
        }
    }

    // MARK: What goes wrong

    /// Upstream replaced the file: nobody gets its bytes, and it is not asked again for a while.
    @Test(arguments: DatabaseKind.allCases)
    func wrongBytesAreRefused(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, _, remote) async throws in
            fixture.upstream.script(Self.url, "HELLO")
            let file = try await fixture.arriving("d/f")
            let error = await #expect(throws: PulpError.self) { try await file.size() }
            #expect(error?.code == .digestMismatch)
            #expect(try await fixture.get("d/f") == .notFound)
            #expect(fixture.upstream.asked.count == 1)
            let moment: Timestamp? = try await fixture.value("SELECT failed_at FROM remote_artifact WHERE remote = \(remote)")
            #expect(moment != nil)
            try await fixture.execute("UPDATE remote_artifact SET failed_at = \(Timestamp.now - .seconds(301))")
            #expect(try await fixture.get("d/f") == .arriving)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func wrongBytesNeverMakeACompleteAnswer(kind: DatabaseKind) async throws {
        let (right, wrong) = (String(repeating: "a", count: 200_000), String(repeating: "a", count: 199_999) + "b")
        try await withUnit(kind, promising: right) { (fixture, _, _) async throws in
            let gate = UpstreamGate()
            fixture.upstream.script(Self.url, [.send(ByteBuffer(string: wrong)), .wait(gate)])
            let file = try await fixture.arriving("d/f")
            #expect(try await file.size() == 200_000)
            var count: Int64 = 0
            while count < 199_999 { count += Int64(try await file.read(from: count, limit: 1 << 20).readableBytes) }
            gate.open()
            await #expect(throws: PulpError.self) { try await file.read(from: count, limit: 1 << 20) }
            await #expect(throws: PulpError.self) { try await file.read(from: 0, limit: 1) }
            file.leave()
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func theNextSourceIsTried(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, unit, _) async throws in
            let other = "http://other/f"
            try await fixture.source(of: unit, at: try await fixture.remote(), other)
            fixture.upstream.script(Self.url, [.send(ByteBuffer(string: "hel")), .fail(PulpError(.timeout, "too late"))])
            fixture.upstream.script(other, "hello")
            #expect(try await text(try await fixture.arriving("d/f")) == "hello")
            #expect(fixture.upstream.asked == [Self.url, other])
        }
    }

    /// What one source promises binds the others: the second one has no digest of its own.
    @Test(arguments: DatabaseKind.allCases)
    func everySourceMustMeetThePromise(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, unit, _) async throws in
            try await fixture.source(of: unit, at: try await fixture.remote(), "http://other/f")
            fixture.upstream.script(Self.url, [.fail(PulpError(.http, "500"))])
            fixture.upstream.script("http://other/f", "other")
            let file = try await fixture.arriving("d/f")
            await #expect(throws: PulpError.self) { try await file.size() }
            #expect(try await fixture.get("d/f") == .notFound)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func noSourceFollowsWhenAClientHoldsBytes(kind: DatabaseKind) async throws {
        let large = String(repeating: "a", count: 200_000)
        try await withUnit(kind, promising: large) { (fixture, unit, _) async throws in
            let gate = UpstreamGate()
            try await fixture.source(of: unit, at: try await fixture.remote(), "http://other/f")
            fixture.upstream.script(
                Self.url,
                [
                    .send(ByteBuffer(string: String(large.prefix(100_000)))), .wait(gate), .fail(PulpError(.connection, "closed")),
                ])
            fixture.upstream.script("http://other/f", large)
            let file = try await fixture.arriving("d/f")
            #expect(try await file.read(from: 0, limit: 10).readableBytes == 10)
            gate.open()
            await #expect(throws: PulpError.self) { try await file.read(from: 199_999, limit: 10) }
            file.leave()
            #expect(try await text(try await fixture.arriving("d/f")) == large)
            #expect(fixture.upstream.asked == [Self.url, "http://other/f"])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aDownloadStartsAgainWhileNobodyHoldsItsBytes(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, _, _) async throws in
            fixture.upstream.script(
                Self.url, [.send(ByteBuffer(string: "HELLO")), .restart, .announce(5), .send(ByteBuffer(string: "hello"))])
            #expect(try await text(try await fixture.arriving("d/f")) == "hello")
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aUnitWithoutSourcesIsNotFound(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, _, remote) async throws in
            try await fixture.execute("DELETE FROM remote WHERE id = \(remote)")
            #expect(try await fixture.get("d/f") == .notFound)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aRemoteMayBeDeletedDuringItsDownload(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, _, remote) async throws in
            let gate = UpstreamGate()
            fixture.upstream.script(Self.url, [.wait(gate), .send(ByteBuffer(string: "hello"))])
            let file = try await fixture.arriving("d/f")
            let early = try await fixture.arriving("d/f")
            async let got = text(file)
            await gate.untilReached()
            try await fixture.execute("DELETE FROM remote WHERE id = \(remote)")
            gate.open()
            #expect(try await got == "hello")
            try await untilKept(fixture, "hello")
            #expect(try await text(early) == "hello")
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func whatIsOnItsWayIsFoundThoughItsRemoteIsGone(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, _, remote) async throws in
            let gate = UpstreamGate()
            fixture.upstream.script(Self.url, [.wait(gate), .send(ByteBuffer(string: "hello"))])
            let file = try await fixture.arriving("d/f")
            async let got = text(file)
            await gate.untilReached()
            try await fixture.execute("DELETE FROM remote WHERE id = \(remote)")
            let late = try await fixture.arriving("d/f")
            #expect(late.sha256 == file.sha256)
            gate.open()
            #expect(try await got == "hello")
            #expect(try await text(late) == "hello")
            #expect(fixture.upstream.asked.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func aUnitMayBeDeletedBeforeItsDownload(kind: DatabaseKind) async throws {
        try await withUnit(kind, promising: "hello") { (fixture, unit, _) async throws in
            let file = try await fixture.arriving("d/f")
            try await fixture.execute("DELETE FROM repository_content")
            try await fixture.execute("DELETE FROM content")
            let error = await #expect(throws: PulpError.self) { try await file.size() }
            #expect(error?.code == .notFound)
        }
    }
}
