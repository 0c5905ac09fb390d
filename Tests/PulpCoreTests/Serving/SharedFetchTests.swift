import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("Two files on demand", .timeLimit(.minutes(15)))
struct SharedFetchTests {
    private static let (first, second) = ("http://upstream/f", "http://elsewhere/g")

    /// A distribution `d` with the units `f` and `g`, each at a remote of its own.
    private func withUnits(
        _ kind: DatabaseKind, promising texts: (String?, String?), _ body: (CatalogueFixture) async throws -> Void
    ) async throws {
        try await CatalogueFixture.with(kind) { fixture in
            let repository = try await fixture.repository()
            try await fixture.version(1, of: repository)
            for (path, url, text) in [("f", Self.first, texts.0), ("g", Self.second, texts.1)] {
                let unit = try await fixture.unit(path, nil, in: repository)
                try await fixture.source(of: unit, at: try await fixture.remote(), url, promising: text)
            }
            try await fixture.distribution(at: "d", repository: repository, servesVersions: true)
            try await body(fixture)
        }
    }

    private static let large = String(repeating: "0123456789", count: 20_000)
    private static let beginning = ByteBuffer(string: String(large.prefix(100_000)))
    private static let rest = ByteBuffer(string: String(large.suffix(100_000)))

    @Test("with the same promised bytes are one download at a time, and both are kept", arguments: DatabaseKind.allCases)
    func sameBytes(kind: DatabaseKind) async throws {
        try await withUnits(kind, promising: (Self.large, Self.large)) { (fixture) async throws in
            let gate = UpstreamGate()
            fixture.upstream.script(Self.first, [.send(Self.beginning), .wait(gate), .send(Self.rest)])
            fixture.upstream.script(Self.second, Self.large)
            let (first, second) = (try await fixture.arriving("d/f"), try await fixture.arriving("d/g"))
            #expect(try await first.size() == 200_000)
            #expect(try await second.size() == 200_000)
            gate.open()
            #expect(try await first.text() == Self.large)
            #expect(try await second.text() == Self.large)
            for path in ["d/f", "d/g"] { try await fixture.untilKept(path, Self.large) }
            #expect(fixture.upstream.asked == [Self.first])
        }
    }

    @Test("with the same promised bytes have each other's remotes while no client holds bytes", arguments: DatabaseKind.allCases)
    func otherRemote(kind: DatabaseKind) async throws {
        try await withUnits(kind, promising: (Self.large, Self.large)) { (fixture) async throws in
            let gate = UpstreamGate()
            fixture.upstream.script(Self.first, [.send(Self.beginning), .wait(gate), .fail(PulpError(.connection, "closed"))])
            fixture.upstream.script(Self.second, Self.large)
            let (first, second) = (try await fixture.arriving("d/f"), try await fixture.arriving("d/g"))
            #expect(try await first.size() == 200_000)
            #expect(try await second.size() == 200_000)
            gate.open()
            // Whoever holds bytes of the first remote cannot have those of another.
            while fixture.upstream.asked.count < 2 { await Task.yield() }
            #expect(try await second.text() == Self.large)
            #expect(try await first.text() == Self.large)
            #expect(fixture.upstream.asked == [Self.first, Self.second])
        }
    }

    @Test("go on for one client when another one leaves", arguments: DatabaseKind.allCases)
    func leaving(kind: DatabaseKind) async throws {
        try await withUnits(kind, promising: (Self.large, Self.large)) { (fixture) async throws in
            let gate = UpstreamGate()
            fixture.upstream.script(Self.first, [.send(Self.beginning), .wait(gate), .send(Self.rest)])
            let (first, second) = (try await fixture.arriving("d/f"), try await fixture.arriving("d/g"))
            _ = try await first.size()
            _ = try await second.size()
            first.leave()
            gate.open()
            #expect(try await second.text() == Self.large)
            #expect(fixture.upstream.asked == [Self.first])
        }
    }

    @Test("of which nothing is promised, or not the same, are two downloads", arguments: DatabaseKind.allCases, [nil, "g"])
    func otherBytes(kind: DatabaseKind, promised: String?) async throws {
        try await withUnits(kind, promising: (promised.map { _ in "f" }, promised)) { (fixture) async throws in
            fixture.upstream.script(Self.first, "f")
            fixture.upstream.script(Self.second, "g")
            let (first, second) = (try await fixture.arriving("d/f"), try await fixture.arriving("d/g"))
            #expect(try await first.text() == "f")
            #expect(try await second.text() == "g")
            #expect(fixture.upstream.asked == [Self.first, Self.second])
        }
    }

    @Test("are not mixed up when a sync changes what is promised before the download", arguments: DatabaseKind.allCases)
    func changedPromise(kind: DatabaseKind) async throws {
        try await withUnits(kind, promising: ("old", "old")) { (fixture) async throws in
            fixture.upstream.script(Self.first, "new")
            fixture.upstream.script(Self.second, "old")
            let (first, second) = (try await fixture.arriving("d/f"), try await fixture.arriving("d/g"))
            let digest = ByteBuffer(string: "new").withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.sha256])[.sha256] }
            try await fixture.execute("UPDATE remote_artifact SET sha256 = \(digest.sql) WHERE url = \(Self.first)")
            await #expect(throws: PulpError.self) { try await first.text() }
            #expect(try await second.text() == "old")
            #expect(try await fixture.arriving("d/f").text() == "new")
            try await fixture.untilKept("d/f", "new")
        }
    }
}
