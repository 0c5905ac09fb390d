public import NIOCore

/// Fetches bytes from remotes: `http`, `https` and allow-listed `file` URLs, with a remote's credentials, proxy, limits and retries.
public final class Downloader: Sendable {
    private let settings: Settings

    public init(settings: Settings) { self.settings = settings }

    /// Fetches a file into a staged artifact, and verifies it.
    ///
    /// An attempt that breaks off is resumed where it stopped when the server can; attempts are bounded by the remote's retries.
    /// - Parameter onProgress: called with the number of bytes staged so far, and with the total where it is known.
    /// - Returns: what arrived; `staged` is finished.
    /// - Throws: ``PulpError`` that names the URL without credentials. `staged` is then to be discarded.
    public func fetch(
        _ file: RemoteFile, from remote: RemoteSettings, into staged: any StagedArtifact,
        onProgress: (@Sendable (Int64, Int64?) async -> Void)? = nil
    ) async throws -> ArtifactDescription {
        throw PulpError(.internal, "not yet")
    }

    /// Fetches a document of at most `limit` bytes into memory: an index, a manifest.
    public func fetchDocument(_ url: String, from remote: RemoteSettings, limit: Int) async throws -> RemoteDocument {
        throw PulpError(.internal, "not yet")
    }

    /// Ends all connections.
    public func shutdown() async throws {}
}

/// A document as it came from a remote.
public struct RemoteDocument: Sendable, Hashable {
    public var bytes: ByteBuffer
    /// The media type that the remote claims; an error page of a proxy shows itself here. Nil for `file` URLs.
    public var contentType: String?
    /// Where it came from after all redirects, without credentials.
    public var finalURL: String

    public init(bytes: ByteBuffer, contentType: String? = nil, finalURL: String) {
        (self.bytes, self.contentType, self.finalURL) = (bytes, contentType, finalURL)
    }
}

/// One file to fetch, and what is claimed of it.
public struct RemoteFile: Sendable, Hashable {
    public var url: String
    public var size: Int64?
    public var digests: Digests

    public init(url: String, size: Int64? = nil, digests: Digests = [:]) {
        (self.url, self.size, self.digests) = (url, size, digests)
    }
}
