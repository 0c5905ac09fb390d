import NIOCore
import PulpCore
import PulpTesting
import Testing

@testable import PulpS3

@Suite("What crashes leave in object storage")
struct StagingTests {
    /// When every upload began, as moto tells it.
    private static let begun = Timestamp(year: 2010, month: 11, day: 10, hour: 20, minute: 48, second: 33)

    private static func begin(_ store: S3ArtifactStore, _ key: String) async throws -> String {
        let answer = try await store.client.xml(
            S3Request(method: "POST", key: key, query: [("uploads", "")]), root: "InitiateMultipartUploadResult")
        return try #require(answer.text(of: "UploadId"))
    }

    @Test("a sweep aborts uploads in parts that are older than the moment, below its prefix alone")
    func sweep() async throws {
        try await S3Fixture.with { fixture in
            let (store, other) = (try fixture.store { $0.prefix = "a" }, try fixture.store { $0.prefix = "b" })
            _ = try await Self.begin(store, store.key(of: .ofNothing))
            _ = try await Self.begin(other, other.key(of: .ofNothing))
            #expect(try await store.sweepStaging(olderThan: Self.begun) == 0)
            #expect(try await store.sweepStaging(olderThan: Self.begun + .seconds(1)) == 1)
            #expect(try await store.client.uploads(prefix: "").map(\.key) == [other.key(of: .ofNothing)])
        }
    }

    @Test("an upload that was begun over a day ago is reported as abandoned")
    func abandoned() async throws {
        try await S3Fixture.with { fixture in
            func store(after age: Duration) throws -> S3ArtifactStore {
                let now = Self.begun + age
                return try S3ArtifactStore(
                    fixture.configuration(), staging: fixture.folder.path + "/staging", gate: DatabaseCommitGate(fixture.database),
                    environment: [:], logger: S3Fixture.silent, time: DownloadTime(now: { now }, sleep: { _ in }, jitter: { 0 }))
            }
            let young = try store(after: .seconds(3600))
            let id = try await Self.begin(young, young.key(of: .ofNothing))
            #expect(try await young.abandonedFiles() == [])
            let files = try await store(after: .seconds(86_401)).abandonedFiles()
            #expect(files.count == 1 && files[0].contains(id) && files[0].contains(fixture.bucket.name))
        }
    }

    @Test("a list is read page by page, and keys that are no artifact's are passed over")
    func pages() async throws {
        try await S3Fixture.with { fixture in
            let store = try fixture.store()
            var expected: Set<SHA256Digest> = []
            for text in ["a", "b", "c", "d", "e"] { expected.insert(try await store.add(ByteBuffer(string: text)).sha256) }
            for key in ["artifact/x", "artifact/ab/ü & <b>", "artifact/AB/\(String(repeating: "c", count: 62))", "artifact/ab/../cd"] {
                let (staged, description) = try await store.staged(ByteBuffer(string: key))
                let part = StagedPart(staged: staged, range: 0..<description.size)
                try await store.client.put(part, sha256: description.sha256.hex, as: key)
            }
            var keys: [String] = []
            var token: String?
            repeat {
                let page = try await store.client.list(prefix: "artifact/", token: token, limit: 2)
                #expect(page.objects.count <= 2)
                keys += page.objects.map(\.key)
                token = page.next
            } while token != nil
            #expect(keys.count == 9 && Set(keys).count == 9 && keys.contains("artifact/ab/ü & <b>"))
            let found = Found()
            try await store.forEach { digest, _ in await found.insert(digest) }
            #expect(await found.all == expected)
        }
    }

    @Test("more are deleted than one request may name")
    func batches() async throws {
        try await S3Fixture.with { fixture in
            let store = try fixture.store()
            let kept = try await store.add(ByteBuffer(string: "kept"))
            let lost = try await store.add(ByteBuffer(string: "lost"))
            var digests = try (0..<1500).map { try SHA256Digest(hex: String(repeating: "0", count: 60) + String(format($0).suffix(4))) }
            digests.insert(kept.sha256, at: 0)
            digests.append(lost.sha256)
            try await store.delete(digests) { _ in [kept.sha256] }
            #expect(try await store.sizes(of: [kept.sha256, lost.sha256]) == [kept.sha256: 4])
        }
    }

    private func format(_ number: Int) -> String { "000\(String(number, radix: 16))" }
}

private actor Found {
    private(set) var all: Set<SHA256Digest> = []
    func insert(_ digest: SHA256Digest) { all.insert(digest) }
}
