import Logging
import NIOCore
import NIOSSL
import PulpTesting
import Testing

@testable import PulpCore

/// A downloader beside a fake remote, with time that does not pass by itself.
struct Fetching: Sendable {
    let remote: FakeRemote
    let downloader: Downloader
    let time = TestTime()
    var settings: RemoteSettings

    init(_ remote: FakeRemote, resolver: HostResolver? = nil, _ adjust: (inout Settings) -> Void = { _ in }) {
        var settings = Settings(dataDirectory: "/nonexistent")
        settings.logger = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
        adjust(&settings)
        self.remote = remote
        self.settings = RemoteSettings(name: "test", url: remote.url)
        downloader = Downloader(settings: settings, time: time.time, resolver: resolver)
    }

    /// Fetches a path of the remote, or a whole URL.
    func fetch(
        _ path: String, size: Int64? = nil, digests: Digests = [:], into staged: MemoryArtifact = MemoryArtifact()
    ) async throws -> String {
        let url = path.hasPrefix("/") ? remote.url(of: path) : path
        _ = try await downloader.fetch(
            RemoteFile(url: url, size: size, digests: digests), from: settings, into: staged)
        return staged.text
    }

    /// The error that a fetch ends with.
    func failure(
        _ path: String, size: Int64? = nil, digests: Digests = [:], into staged: MemoryArtifact = MemoryArtifact()
    ) async throws -> PulpError {
        let error = await #expect(throws: PulpError.self) {
            _ = try await fetch(path, size: size, digests: digests, into: staged)
        }
        return try #require(error)
    }
}

/// Runs a body with a fake remote and a downloader, and ends both.
func withFetching(
    _ answers: [String: FakeAnswer] = [:], tls: TLSConfiguration? = nil, resolver: HostResolver? = nil,
    _ adjust: (inout Settings) -> Void = { _ in },
    _ body: (inout Fetching) async throws -> Void
) async throws {
    try await withFakeRemote(answers, tls: tls) { remote in
        var fetching = Fetching(remote, resolver: resolver, adjust)
        let result: Result<Void, any Error>
        do { result = .success(try await body(&fetching)) } catch { result = .failure(error) }
        try await fetching.downloader.shutdown()
        try result.get()
    }
}
