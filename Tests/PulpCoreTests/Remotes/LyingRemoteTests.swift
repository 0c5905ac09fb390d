import Logging
import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("From a remote that lies or breaks, a download")
struct LyingRemoteTests {
    static let text = String((0..<100_000).map { Character(Unicode.Scalar(UInt8($0 % 26) + 97)) })

    @Test("is no news in the log before it has failed for good, and its secrets never are")
    func log() async throws {
        let log = LogRecorder()
        try await withFetching(["/f": .status(500)], { $0.logger = log.logger }) { fetching in
            (fetching.settings.username, fetching.settings.password) = ("user", "hidden")
            _ = try await fetching.failure("/f?token=hidden")
        }
        #expect(log.lines(from: .info).isEmpty)
        #expect(!log.lines().isEmpty && !"\(log.lines())".contains("hidden"))
    }

    @Test("is tried again as often as the remote says", arguments: [0, 1, 3])
    func attempts(retries: Int) async throws {
        try await withFetching(["/f": .status(503)]) { fetching in
            fetching.settings.maxRetries = retries
            let error = try await fetching.failure("/f")
            #expect(error.code == .http)
            #expect(error.message.contains("503"))
            #expect(fetching.remote.count(of: "/f") == retries + 1)
            #expect(fetching.time.sleeps.count == retries)
        }
    }

    @Test("waits as long as it is asked to, within reason")
    func retryAfter() async throws {
        try await withFetching { fetching in
            fetching.remote.answer(
                "/f", with: .status(429, retryAfter: "7"), .status(503, retryAfter: "Sat, 21 Nov 2026 00:00:30 GMT"),
                .status(500, retryAfter: "99999"), .file("done"))
            try await #expect(fetching.fetch("/f") == "done")
            #expect(fetching.time.sleeps == [.seconds(7), .seconds(23), .seconds(60)])
        }
    }

    @Test("goes on where the body broke off")
    func resumed() async throws {
        try await withFetching { fetching in
            fetching.remote.answer("/f", with: .file(Self.text).ending(.reset(after: 60_000)), .file(Self.text))
            let staged = MemoryArtifact()
            try await #expect(fetching.fetch("/f", size: 100_000, digests: .of(Self.text), into: staged) == Self.text)
            let requests = fetching.remote.requests(for: "/f")
            try #require(requests.count == 2)
            let range = try #require(requests[1].header("Range"))
            #expect(range.hasPrefix("bytes=") && range != "bytes=0-")
            #expect(requests[1].header("If-Range") != nil)
            #expect(staged.restarts == 0)
        }
    }

    @Test(
        "starts over when the rest cannot be had, or is mislabelled",
        arguments: [
            FakeAnswer.Ranges.ignored, .refused, .mislabelled("bytes 0-99999/100000"), .mislabelled("nonsense"),
        ])
    func restarted(ranges: FakeAnswer.Ranges) async throws {
        try await withFetching { fetching in
            fetching.remote.answer("/f", with: .file(Self.text).ending(.reset(after: 60_000)), .file(Self.text).ranges(ranges))
            let staged = MemoryArtifact()
            try await #expect(fetching.fetch("/f", size: 100_000, digests: .of(Self.text), into: staged) == Self.text)
            #expect(staged.restarts == 1)
        }
    }

    @Test("starts over when the file changed meanwhile")
    func changed() async throws {
        let other = Self.text.uppercased()
        try await withFetching { fetching in
            fetching.remote.answer("/f", with: .file(Self.text).ending(.reset(after: 60_000)), .file(other))
            try await #expect(fetching.fetch("/f") == other)
        }
    }

    @Test("with other bytes than promised is tried again from the start, and then fails")
    func digest() async throws {
        try await withFetching { fetching in
            fetching.remote.answer("/f", with: .file("wrong"), .file("right"))
            try await #expect(fetching.fetch("/f", digests: .of("right")) == "right")
            fetching.remote.answer("/g", with: .file("wrong"))
            let error = try await fetching.failure("/g", size: 5, digests: .of("right"))
            #expect(error.code == .digestMismatch)
            #expect(error.message.contains("/g"))
            #expect(fetching.remote.count(of: "/g") == 4)
        }
    }

    @Test("believes the strong digest, whatever the weak one says")
    func weakDigest() async throws {
        try await withFetching(["/f": .file("bytes")]) { fetching in
            var digests = Digests.of("other bytes")
            digests[.md5] = ByteBuffer(string: "bytes").withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.md5])[.md5] }
            fetching.settings.maxRetries = 0
            try await #expect(fetching.failure("/f", digests: digests).code == .digestMismatch)
        }
    }

    @Test("is not even begun when there is only a forbidden digest to check it by", arguments: [DigestAlgorithm.md5, .sha1])
    func forbiddenDigest(algorithm: DigestAlgorithm) async throws {
        try await withFetching(["/f": .file("bytes")]) { fetching in
            let digests = ByteBuffer(string: "bytes").withUnsafeReadableBytes { DigestHasher.digests(of: $0, [algorithm]) }
            let error = try await fetching.failure("/f", digests: digests)
            #expect(error.code == .unsupportedDigest)
            #expect(error.message.hasPrefix(fetching.remote.url(of: "/f: ")))
            #expect(error.message.contains(algorithm.rawValue))
            #expect(fetching.remote.count == 0)
            var both = digests
            both[.sha256] = Digests.of("bytes")[.sha256]
            try await #expect(fetching.fetch("/f", digests: both) == "bytes")
        }
    }

    @Test("with another size than promised stops at the first byte too many", arguments: [99_999, 100_001, 0, 5])
    func size(claimed: Int64) async throws {
        for answer in [FakeAnswer.file(Self.text), FakeAnswer.file(Self.text).claiming(length: nil)] {
            try await withFetching(["/f": answer]) { fetching in
                fetching.settings.maxRetries = 1
                let staged = MemoryArtifact()
                try await #expect(fetching.failure("/f", size: claimed, into: staged).code == .sizeMismatch)
                #expect(fetching.remote.count(of: "/f") == 2)
                #expect(staged.size <= Int(claimed) || claimed > 100_000)
            }
        }
    }

    @Test("with a wrong Content-Length is never taken for complete")
    func contentLength() async throws {
        try await withFetching(["/f": .file("short").claiming(length: 50).ending(.reset(after: 5))]) { fetching in
            fetching.settings.maxRetries = 1
            try await #expect(fetching.failure("/f").code == .connection)
        }
    }

    @Test("without an end stops at the largest size allowed")
    func endless() async throws {
        try await withFetching(["/f": .file(Self.text).ending(.endless)], { $0.remoteDefaults.maximumSize = 1_000_000 }) { fetching in
            let staged = MemoryArtifact()
            let error = try await fetching.failure("/f", into: staged)
            #expect(error.code == .sizeMismatch)
            #expect(staged.size <= 1_000_000)
            #expect(fetching.remote.count(of: "/f") == 1)
        }
    }

    @Test("that stalls ends by the read timeout, before the head and within the body")
    func stalls() async throws {
        let gate = FakeGate()
        try await withFetching([
            "/head": .file("x").waiting(for: gate), "/body": .file("xy").ending(.held(after: 1, gate)),
        ]) { fetching in
            fetching.settings.maxRetries = 0
            fetching.settings.socketReadTimeout = 0.05
            try await #expect(fetching.failure("/head").code == .timeout)
            try await #expect(fetching.failure("/body").code == .timeout)
        }
        gate.open()
    }

    @Test("that goes on for too long ends by the total timeout")
    func total() async throws {
        try await withFetching(["/f": .file(Self.text).ending(.endless)]) { fetching in
            fetching.settings.maxRetries = 0
            fetching.settings.totalTimeout = 0.1
            try await #expect(fetching.failure("/f").code == .timeout)
        }
    }

    @Test("keeps an encoding that the server applied")
    func encoding() async throws {
        try await withFetching(["/f": FakeAnswer.file("\u{1F}pretended gzip").header("Content-Encoding", "gzip")]) { fetching in
            try await #expect(fetching.fetch("/f") == "\u{1F}pretended gzip")
            #expect(fetching.remote.requests[0].header("Accept-Encoding") == "identity")
        }
    }

    @Test("can be cancelled while it waits for bytes")
    func cancelled() async throws {
        let gate = FakeGate()
        try await withFetching(["/f": .file("xy").ending(.held(after: 1, gate))]) { fetching in
            let current = fetching
            let task = Task { try await current.fetch("/f") }
            await gate.reached()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        gate.open()
    }

    @Test("does not blame the remote, nor try again, when its bytes cannot be staged")
    func fullDisk() async throws {
        try await withFetching(["/f": .file(Self.text)]) { fetching in
            let staged = MemoryArtifact(failing: FullDisk())
            let current = fetching
            await #expect(throws: FullDisk.self) { _ = try await current.fetch("/f", into: staged) }
            #expect(fetching.remote.count == 1)
        }
    }

    private struct FullDisk: Error {}

    @Test("from a host that does not answer says so")
    func down() async throws {
        // Port 1 has no server. One that was free a moment ago may be another test's remote by now.
        let port = 1
        try await withFetching { fetching in
            let error = try await fetching.failure("http://127.0.0.1:\(port)/x")
            #expect(error.code == .connection)
            #expect(error.message.contains("127.0.0.1:\(port)"))
            #expect(fetching.time.sleeps.count == 3)
        }
    }
}
