import NIOCore
import NIOHTTP1
import PulpCore
import PulpTesting
import Testing

@testable import PulpS3

@Suite("When the object store fails in the middle")
struct FaultTests {
    private static let large = S3Fixture.pattern(Int(PartPlan.smallestPart) * 2 + 100_000)

    private func with(_ body: (S3Fixture, LyingStore, S3ArtifactStore) async throws -> Void) async throws {
        try await S3Fixture.with { fixture in
            try await LyingStore.with(fixture.bucket.endpoint) { proxy in
                try await body(fixture, proxy, try fixture.store(at: proxy.endpoint))
            }
        }
    }

    private static func isPart(_ request: LyingStore.Request, _ number: Int) -> Bool {
        request.method == "PUT" && request.target.contains("partNumber=\(number)&")
    }

    @Test(
        "a request that it is too busy for is sent again", arguments: [("SlowDown", 503), ("InternalError", 500), ("RequestTimeout", 400)])
    func busy(code: String, status: Int) async throws {
        try await with { _, proxy, store in
            proxy.judge {
                $0.method == "PUT"
            } _: { earlier in
                earlier < 2 ? .answered(status: status, xml: "<Error><Code>\(code)</Code></Error>") : .forwarded
            }
            let description = try await store.add(ByteBuffer(string: "abc"))
            #expect(try await store.size(of: description.sha256) == 3)
            #expect(proxy.requests.count { $0.method == "PUT" } == 3)
        }
    }

    @Test("a part whose connection is reset goes up again, and the whole is right")
    func resetPart() async throws {
        try await with { _, proxy, store in
            proxy.judge {
                Self.isPart($0, 2)
            } _: {
                $0 == 0 ? .requestLost(after: 300_000) : .forwarded
            }
            let description = try await store.add(Self.large)
            #expect(try await store.bytes(of: description.sha256, limit: description.size) == Self.large)
            #expect(proxy.requests.count { Self.isPart($0, 2) } == 2)
            #expect(try await store.client.uploads(prefix: "").isEmpty)
        }
    }

    @Test("an upload of which a part is refused is aborted, has no name, and the error names bucket, key and reason")
    func refusedPart() async throws {
        try await with { fixture, proxy, store in
            proxy.judge {
                Self.isPart($0, 3)
            } _: { _ in
                .answered(status: 403, xml: "<Error><Code>AccessDenied</Code><Message>No &amp; no</Message></Error>")
            }
            let (staged, description) = try await store.staged(Self.large)
            let error = await #expect(throws: PulpError.self) { try await store.commit([staged]) }
            #expect(error?.message.contains("PUT \(fixture.bucket.name)/\(store.key(of: description.sha256))") == true)
            #expect(error?.message.contains("403 AccessDenied: No & no") == true)
            #expect(try await store.size(of: description.sha256) == nil)
            #expect(try await store.client.uploads(prefix: "").isEmpty)
            proxy.judge { _ in
                false
            } _: { _ in
                .forwarded
            }
            try await store.commit([staged])
            #expect(try await store.size(of: description.sha256) == description.size)
        }
    }

    @Test("an upload whose completion is not answered is found complete")
    func lostCompletion() async throws {
        try await with { _, proxy, store in
            proxy.judge {
                $0.method == "POST" && $0.target.contains("uploadId=")
            } _: {
                $0 == 0 ? .answerLost : .forwarded
            }
            let description = try await store.add(Self.large)
            #expect(try await store.bytes(of: description.sha256, limit: description.size) == Self.large)
        }
    }

    @Test("a completion that fails behind a good status is tried again")
    func errorInGoodAnswer() async throws {
        try await with { _, proxy, store in
            proxy.judge {
                $0.method == "POST" && $0.target.contains("uploadId=")
            } _: { earlier in
                earlier == 0 ? .answered(status: 200, xml: "<Error><Code>InternalError</Code></Error>") : .forwarded
            }
            let description = try await store.add(Self.large)
            #expect(try await store.size(of: description.sha256) == description.size)
        }
    }

    @Test("reading goes on where an answer breaks off, and hands over every byte once")
    func cutAnswer() async throws {
        try await with { _, proxy, store in
            let description = try await store.add(Self.large)
            proxy.judge {
                $0.method == "GET"
            } _: {
                $0 < 3 ? .answerCut(after: 1_000_000) : .forwarded
            }
            var bytes = ByteBuffer()
            for try await chunk in try await store.read(description.sha256, 1000..<description.size) {
                #expect(chunk.readableBytes <= 256 << 10)
                bytes.writeImmutableBuffer(chunk)
            }
            #expect(bytes == Self.large.getSlice(at: 1000, length: Self.large.readableBytes - 1000))
            let ranges = proxy.requests.filter { $0.method == "GET" }.compactMap { $0.headers.first(name: "range") }
            #expect(ranges.count == 4 && Set(ranges).count == 4)
        }
    }

    @Test("a reader that never gets a byte gives up")
    func endlessCuts() async throws {
        try await with { _, proxy, store in
            let description = try await store.add(Self.large)
            proxy.judge {
                $0.method == "GET"
            } _: { _ in
                .answerCut(after: 0)
            }
            await #expect(throws: PulpError.self) {
                for try await _ in try await store.read(description.sha256, 0..<description.size) {}
            }
        }
    }

    @Test(
        "a deletion that is not answered, or by a gateway, keeps commits of the same bytes away, and carries the date of its decision",
        arguments: [true, false])
    func lostDeletion(isLost: Bool) async throws {
        try await with { fixture, proxy, store in
            let description = try await store.add(ByteBuffer(string: "abc"))
            let before = Timestamp.now.compact
            proxy.judge {
                $0.target.contains("delete")
            } _: { earlier in
                guard earlier == 0 else { return .forwarded }
                return isLost ? .answerLost : .answered(status: 504, xml: "<html>Gateway Timeout</html>")
            }
            try await store.delete([description.sha256]) { _ in [] }
            #expect(try await store.size(of: description.sha256) == nil)
            let deletions = proxy.requests.filter { $0.target.contains("delete") }
            let dates = deletions.compactMap { $0.headers.first(name: "x-amz-date") }
            #expect(dates.count == 2 && Set(dates).count == 1 && dates[0] >= before)
            let kept = try await fixture.database.read { try $0.value("SELECT COUNT(*) FROM blob_deletion", as: Int.self) }
            #expect(kept == 1, "the first request may still be on its way")
        }
    }

    @Test("other bytes than were sent are noticed by what the store says of them")
    func wrongChecksum() async throws {
        try await S3Fixture.with { fixture in
            try await withFakeRemote { fake in
                fake.answerOthers { _ in
                    FakeAnswer(headers: [("ETag", "\"x\""), ("x-amz-checksum-sha256", "AAAA")])
                }
                let store = try fixture.store(at: String(fake.url.dropLast()))
                let error = await #expect(throws: PulpError.self) { _ = try await store.add(ByteBuffer(string: "abc")) }
                #expect(error?.message.contains("has other bytes than were sent") == true)
            }
        }
    }

    @Test(
        "a refusal is explained",
        arguments: [
            (403, "RequestTimeTooSkewed", "clock of this machine"), (404, "NoSuchBucket", "must be made"),
            (403, "SignatureDoesNotMatch", "secret key"), (403, "InvalidAccessKeyId", "access key"),
            (403, "AccessDenied", "may not do this"),
            (301, "PermanentRedirect", "region eu-north-1"),
        ])
    func explained(status: Int, code: String, hint: String) async throws {
        try await S3Fixture.with { fixture in
            try await withFakeRemote { fake in
                fake.answerOthers { _ in
                    .page("<Error><Code>\(code)</Code></Error>", status: status).header("x-amz-bucket-region", "eu-north-1")
                }
                let store = try fixture.store(at: String(fake.url.dropLast()))
                let error = await #expect(throws: PulpError.self) { _ = try await store.add(ByteBuffer(string: "abc")) }
                #expect(
                    error?.message.contains(hint) == true && error?.message.contains(fixture.bucket.name) == true, "\(error?.message ?? "")"
                )
                #expect(fake.count == 1)
            }
        }
    }

    @Test("a bucket that is not there is not an empty one")
    func missingBucket() async throws {
        try await S3Fixture.with { fixture in
            let store = try fixture.store { $0.bucket = "no-such-bucket" }
            let error = await #expect(throws: PulpError.self) { _ = try await store.size(of: .ofNothing) }
            #expect(error?.message.contains("NoSuchBucket") == true)
        }
    }

    @Test("a store that does not answer at all is named")
    func nobody() async throws {
        try await S3Fixture.with { fixture in
            let store = try fixture.store(at: "http://127.0.0.1:1")
            let error = await #expect(throws: PulpError.self) { _ = try await store.size(of: .ofNothing) }
            #expect(error?.message.contains("HEAD \(fixture.bucket.name)/") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("http://127.0.0.1:1") == true && error?.code == .systemState, "\(error?.message ?? "")")
        }
    }
}
