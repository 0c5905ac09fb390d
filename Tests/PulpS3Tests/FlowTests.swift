import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import PulpCore
import PulpFile
import PulpServer
import PulpTesting
import ServiceLifecycle
import Testing

@testable import PulpS3

@Suite("A Pulp on object storage")
struct FlowTests {
    private static let files = [
        (path: "a.txt", bytes: ByteBuffer(string: "the first")), (path: "b/large", bytes: S3Fixture.pattern(6 << 20)),
    ]

    private struct Mirror {
        let pulp: Pulp
        let upstream: FakeRemote
        let store: S3ArtifactStore
        let repository: Record<FileRepository>
        let remote: Record<FileRemote>
        let bucket: TemporaryBucket

        func sync() async throws {
            _ = try await pulp.run(SynchronizeFiles(repository.id, from: remote.id))
        }

        func get(
            _ port: Int, _ path: String, _ method: HTTPMethod = .GET, _ headers: [(String, String)] = []
        ) async throws -> (status: Int, headers: HTTPHeaders, body: ByteBuffer) {
            try await FlowTests.get("http://127.0.0.1:\(port)/pulp/content/d/\(path)", method, headers)
        }
    }

    private static func get(
        _ url: String, _ method: HTTPMethod = .GET, _ headers: [(String, String)] = []
    ) async throws -> (status: Int, headers: HTTPHeaders, body: ByteBuffer) {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(contentsOf: headers)
        let client = HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: .init(redirectConfiguration: .disallow))
        let result: Result<(Int, HTTPHeaders, ByteBuffer), any Error>
        do {
            let response = try await client.execute(request, timeout: .seconds(30))
            result = .success((Int(response.status.code), response.headers, try await response.body.collect(upTo: 64 << 20)))
        } catch { result = .failure(error) }
        try await client.shutdown()
        return try result.get()
    }

    /// Runs a body with a mirror of two files, distributed at `d`, and a content server.
    private func with(
        _ kind: DatabaseKind, policy: DownloadPolicy = .immediate, redirects: Bool = true, at endpoint: String? = nil,
        _ body: (Mirror, Int) async throws -> Void
    ) async throws {
        try await S3Fixture.with(kind) { fixture in
            try await withFakeRemote { upstream in
                let manifest = Self.files.map { file in
                    let digest = file.bytes.withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.sha256]) }
                    return "\(file.path),\(digest[.sha256] ?? ""),\(file.bytes.readableBytes)\n"
                }
                upstream.answer("/PULP_MANIFEST", with: .file(manifest.joined()))
                for file in Self.files { upstream.answer("/\(file.path)", with: .file(file.bytes, entityTag: "\"\(file.path)\"")) }
                let store = try fixture.store(at: endpoint) { $0.redirects = redirects }
                var settings = Settings(dataDirectory: fixture.folder.path + "/data")
                settings.logger = S3Fixture.silent
                try FileManager.default.createDirectory(atPath: settings.dataDirectory, withIntermediateDirectories: true)
                let pulp = try await Pulp(settings: settings, database: fixture.database, store: store, plugins: [.file])
                try await pulp.whileOpen {
                    var remote = FileRemote(name: "upstream", url: upstream.url + "PULP_MANIFEST", policy: policy)
                    remote.remote.maxRetries = 0
                    let repository = try await pulp.create(FileRepository(name: "mirror", autopublish: true))
                    _ = try await pulp.create(FileDistribution(name: "d", basePath: "d", of: repository.id))
                    let mirror = Mirror(
                        pulp: pulp, upstream: upstream, store: store, repository: repository, remote: try await pulp.create(remote),
                        bucket: fixture.bucket)
                    try await Self.serving(pulp) { try await body(mirror, $0) }
                }
            }
        }
    }

    private static func serving(_ pulp: Pulp, _ body: (Int) async throws -> Void) async throws {
        var configuration = ContentServer.Configuration(settings: pulp.settings)
        configuration.port = 0
        let (listening, continuation) = AsyncStream<Int>.makeStream()
        let server = ContentServer(
            configuration: configuration, source: pulp.serving, store: pulp.store, group: MultiThreadedEventLoopGroup.singleton,
            onListening: { continuation.yield($0.port ?? 0) })
        let services = ServiceGroup(services: [server], logger: configuration.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            for await port in listening {
                let result: Result<Void, any Error>
                do { result = .success(try await body(port)) } catch { result = .failure(error) }
                await services.triggerGracefulShutdown()
                try result.get()
                break
            }
            try await group.waitForAll()
        }
    }

    @Test("is synchronized, published, served, checked and cleaned up", arguments: DatabaseKind.allCases, [true, false])
    func wholeFlow(kind: DatabaseKind, redirects: Bool) async throws {
        try await with(kind, redirects: redirects) { mirror, port in
            try await mirror.sync()
            for file in Self.files {
                var answer = try await mirror.get(port, file.path)
                if redirects {
                    #expect(answer.status == 302)
                    answer = try await Self.get(try #require(answer.headers.first(name: "location")))
                }
                #expect(answer.status == 200 && answer.body == file.bytes)
            }
            var check = mirror.pulp.integrityCheck
            check.verifiesChecksums = true
            #expect(try await check.violations() == [])

            _ = try await mirror.pulp.run(ModifyRepository(mirror.repository.id, remove: .everything))
            _ = try await mirror.pulp.run(DeleteVersion(1, of: mirror.repository.id))
            let cleaned = try await mirror.pulp.run(OrphanCleanup(protectionTime: 0))
            #expect(cleaned.content == 2)
            #expect(try await check.violations() == [])
            let digests = Self.files.map { file in file.bytes.withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.sha256]).sha256 } }
            #expect(try await mirror.store.sizes(of: digests.compactMap { $0 }).isEmpty)
        }
    }

    @Test("keeps what clients ask for on demand", arguments: DatabaseKind.allCases)
    func onDemand(kind: DatabaseKind) async throws {
        try await with(kind, policy: .onDemand) { mirror, port in
            try await mirror.sync()
            let first = try await mirror.get(port, "b/large")
            #expect(first.status == 200 && first.body == Self.files[1].bytes, "it arrives, and is sent as it does")
            await mirror.pulp.serving.shutdown()
            let digest = try #require(Self.files[1].bytes.withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.sha256]).sha256 })
            #expect(try await mirror.store.size(of: digest) == Int64(Self.files[1].bytes.readableBytes))
            #expect(try await mirror.pulp.integrityCheck.violations() == [])
        }
    }

    @Test("sends clients to the store with a URL that names type and file, for GET and for HEAD")
    func redirects() async throws {
        try await with(.sqlite) { mirror, port in
            try await mirror.sync()
            let answer = try await mirror.get(port, "a.txt")
            #expect(answer.status == 302)
            #expect(answer.headers.first(name: "cache-control") == "no-store")
            #expect(answer.headers.first(name: "x-pulp-artifact-size") == "9")
            let location = try #require(answer.headers.first(name: "location"))
            #expect(location.hasPrefix("\(mirror.bucket.endpoint)/\(mirror.bucket.name)/artifact/"))
            let file = try await Self.get(location)
            #expect(file.headers.first(name: "content-disposition") == "attachment;filename=a.txt")
            #expect(file.headers.first(name: "content-type")?.hasPrefix("text/plain") == true)
            #expect(try await Self.get(location, .GET, [("Range", "bytes=4-8")]).body == ByteBuffer(string: "first"))

            let head = try await mirror.get(port, "a.txt", .HEAD)
            #expect(head.status == 302)
            let headLocation = try #require(head.headers.first(name: "location"))
            #expect(headLocation != location)
            #expect(try await Self.get(headLocation, .HEAD).headers.first(name: "content-length") == "9")
        }
    }

    @Test("answers conditional requests itself", arguments: [true, false])
    func conditions(redirects: Bool) async throws {
        try await with(.sqlite, redirects: redirects) { mirror, port in
            try await mirror.sync()
            let digest = try #require(Self.files[0].bytes.withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.sha256]).sha256 })
            #expect(try await mirror.get(port, "a.txt", .GET, [("If-None-Match", "\"\(digest)\"")]).status == 304)
            #expect(try await mirror.get(port, "a.txt", .GET, [("If-Match", "\"other\"")]).status == 412)
        }
    }

    @Test("serves ranges of what it reads in the store")
    func ranges() async throws {
        try await with(.sqlite, redirects: false) { mirror, port in
            try await mirror.sync()
            let bytes = Self.files[1].bytes
            let answer = try await mirror.get(port, "b/large", .GET, [("Range", "bytes=1000000-3000000")])
            #expect(answer.status == 206 && answer.body == bytes.getSlice(at: 1_000_000, length: 2_000_001))
            let end = try await mirror.get(port, "b/large", .GET, [("Range", "bytes=-10")])
            #expect(end.status == 206 && end.body == bytes.getSlice(at: bytes.readableBytes - 10, length: 10))
            #expect(try await mirror.get(port, "b/large", .GET, [("Range", "bytes=9999999-")]).status == 416)
            let head = try await mirror.get(port, "b/large", .HEAD)
            #expect(head.status == 200 && head.headers.first(name: "content-length") == "\(bytes.readableBytes)")
        }
    }

    @Test("answers that the store is away, for a moment, and serves again when it is back")
    func away() async throws {
        try await S3Fixture.with { fixture in
            try await LyingStore.with(fixture.bucket.endpoint) { proxy in
                var settings = Settings(dataDirectory: fixture.folder.path + "/data")
                settings.logger = S3Fixture.silent
                try FileManager.default.createDirectory(atPath: settings.dataDirectory, withIntermediateDirectories: true)
                let store = try fixture.store(at: proxy.endpoint) { $0.redirects = false }
                let pulp = try await Pulp(settings: settings, database: fixture.database, store: store, plugins: [.file])
                try await pulp.whileOpen {
                    try await withFakeRemote { upstream in
                        upstream.answer("/PULP_MANIFEST", with: .file("a,\(SHA256.hex("x".utf8)),1\n"))
                        upstream.answer("/a", with: .file("x"))
                        let remote = try await pulp.create(FileRemote(name: "r", url: upstream.url + "PULP_MANIFEST"))
                        let repository = try await pulp.create(FileRepository(name: "r", autopublish: true))
                        _ = try await pulp.create(FileDistribution(name: "d", basePath: "d", of: repository.id))
                        _ = try await pulp.run(SynchronizeFiles(repository.id, from: remote.id))
                        try await Self.serving(pulp) { port in
                            let url = "http://127.0.0.1:\(port)/pulp/content/d/a"
                            proxy.judge { _ in
                                true
                            } _: { _ in
                                .answered(status: 503, xml: "")
                            }
                            let refused = try await Self.get(url)
                            #expect(refused.status == 503 && refused.headers.first(name: "retry-after") == "5")
                            proxy.judge { _ in
                                false
                            } _: { _ in
                                .forwarded
                            }
                            #expect(try await Self.get(url).body == ByteBuffer(string: "x"))
                        }
                    }
                }
            }
        }
    }
}
