internal import AsyncHTTPClient
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// Fetches bytes from remotes: `http`, `https` and allow-listed `file` URLs, with a remote's credentials, proxy, limits and retries.
public final class Downloader: Sendable {
    private let settings: Settings
    private let time: DownloadTime
    private let clients = ClientCache()
    private let http: HTTPSource
    private let files: FileSource
    private let limits: RemoteLimits

    /// A downloader that makes no connection before its first fetch, and keeps connections until ``shutdown()``.
    public convenience init(settings: Settings) { self.init(settings: settings, time: .system) }

    init(settings: Settings, time: DownloadTime, resolver: HostResolver? = nil) {
        (self.settings, self.time) = (settings, time)
        http = HTTPSource(
            clients: clients, resolver: resolver ?? HostResolver(time: time),
            policy: AddressPolicy(allowsPrivate: settings.allowPrivateRemotes))
        files = FileSource(allowedPaths: settings.allowedImportPaths)
        limits = RemoteLimits(time: time)
    }

    /// Fetches a file into a staged artifact, and verifies it.
    ///
    /// An attempt that breaks off is resumed where it stopped when the server can; attempts are bounded by the remote's retries.
    /// - Parameters:
    ///   - onProgress: called with the number of bytes staged so far, and with the total where it is known.
    ///   - onContentType: called with the media type that the server claims, at each attempt.
    /// - Returns: what arrived; `staged` is finished.
    /// - Throws: ``PulpError`` that names the URL without credentials; `unsupportedDigest`, before anything is asked for, when all
    ///   the digests that the file is to be checked by are of forbidden algorithms. `staged` is then to be discarded.
    public func fetch(
        _ file: RemoteFile, from remote: RemoteSettings, into staged: any StagedArtifact,
        onProgress: (@Sendable (Int64, Int64?) async -> Void)? = nil, onContentType: (@Sendable (String?) -> Void)? = nil
    ) async throws -> ArtifactDescription {
        let url = try Self.url(file.url)
        try file.digests.checkTrusted(settings.allowedContentChecksums, of: url.redacted)
        let transfer = FileTransfer(
            file, name: url.redacted, into: staged, maximumSize: settings.remoteDefaults.maximumSize, onProgress: onProgress)
        return try await attempts(url, remote) { access, deadline in
            if url.scheme == .file {
                try await files.read(url) { chunk, _ in try await transfer.take(chunk) }
                return try await transfer.finish()
            }
            return try await http.withAnswer(to: url, access, adding: transfer.requestHeaders(), deadline: deadline) { answer in
                onContentType?(answer.response.headers.first(name: "content-type"))
                try await transfer.receive(answer, deadline: deadline, time)
                return try await transfer.finish()
            }
        }
    }

    /// Fetches a document of at most `limit` bytes into memory: an index, a manifest.
    ///
    /// Its content encoding, if it has one, is not undone: the bytes are as the server has them.
    /// - Throws: ``PulpError`` that names the URL without credentials; `sizeMismatch` when the document is larger.
    public func fetchDocument(_ url: String, from remote: RemoteSettings, limit: Int) async throws -> RemoteDocument {
        let url = try Self.url(url)
        return try await attempts(url, remote) { access, deadline in
            if url.scheme == .file {
                var document = RemoteDocument(bytes: ByteBuffer(), finalURL: url.redacted)
                try await files.read(url) { chunk, _ in try document.take(chunk, limit: limit, url.redacted) }
                return document
            }
            return try await http.withAnswer(to: url, access, adding: [], deadline: deadline) { answer in
                try await RemoteDocument(answer, limit: limit, deadline: deadline, time)
            }
        }
    }

    /// Ends all connections; later fetches fail.
    public func shutdown() async throws { try await clients.shutdown() }

    private static func url(_ text: String) throws -> RemoteURL {
        do { return try RemoteURL(text) } catch {
            throw PulpError(.urlScheme, "\(RemoteURL.redacted(text)): \(error.message)")
        }
    }

    /// Makes attempts within the remote's limits, until one succeeds or no other is worth it.
    private func attempts<Value>(
        _ url: RemoteURL, _ remote: RemoteSettings, _ body: (RemoteAccess, NIODeadline) async throws -> Value
    ) async throws -> Value {
        var count = 1
        while true {
            do {
                let access = try RemoteAccess(remote, fetching: url, settings)
                return try await limits.run(access.key, concurrency: access.concurrency, rate: access.rate) {
                    try await body(access, access.totalTimeout.map { .now() + TimeAmount($0) } ?? .distantFuture)
                }
            } catch let failure as DownloadFailure {
                let policy = RetryPolicy(retries: remote.maxRetries ?? settings.remoteDefaults.maxRetries)
                guard url.scheme != .file,
                    let delay = policy.delay(after: failure.kind, attempt: count, jitter: time.jitter())
                else {
                    guard count > 1 else { throw failure.error }
                    throw PulpError(failure.error.code, "\(failure.error.message) (after \(count) attempts)")
                }
                settings.logger.debug(
                    "a download failed and is tried again",
                    metadata: ["error": "\(failure.error)", "attempt": "\(count)", "delay": "\(delay)"])
                try await time.sleep(delay)
                count += 1
            }
        }
    }
}

/// One file to fetch, and what is claimed of it.
public struct RemoteFile: Sendable, Hashable {
    /// Where the file is; need not be below the remote's own URL.
    public var url: String
    /// How many bytes the file has; nil when nobody says.
    public var size: Int64?
    /// What the file's digests are; each one that is given is checked.
    public var digests: Digests

    /// A file of which nothing is claimed but its place, unless more is given.
    public init(url: String, size: Int64? = nil, digests: Digests = [:]) {
        (self.url, self.size, self.digests) = (url, size, digests)
    }
}
