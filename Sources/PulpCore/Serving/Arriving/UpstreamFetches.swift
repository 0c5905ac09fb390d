internal import Logging
internal import NIOCore
internal import Synchronization

/// The fetches that run at present: one for each unit's file, however many clients wait for it.
final class UpstreamFetches: Sendable {
    /// Fetches a file into a staged artifact, as ``Downloader/fetch(_:from:into:onProgress:)`` does.
    typealias Fetch =
        @Sendable (
            RemoteFile, RemoteSettings, any StagedArtifact, @escaping @Sendable (Int64, Int64?) async -> Void
        ) async throws -> ArtifactDescription

    /// What a fetch works with.
    struct Tools: Sendable {
        let database: any Database
        let store: any ArtifactStore
        let algorithms: Set<DigestAlgorithm>
        let cooldown: Duration
        let logger: Logger
        /// The settings of the remote in the row with this key.
        let remoteSettings: @Sendable (Int64) async throws -> RemoteSettings
        let fetch: Fetch
    }

    private let tools: Tools
    private let running = Mutex<[Int64: UpstreamFetch]>([:])

    init(_ tools: Tools) { self.tools = tools }

    /// How long a source that failed is left out.
    var cooldown: Duration { tools.cooldown }

    /// How many fetches run, or last for their readers.
    var count: Int { running.withLock { $0.count } }

    /// A reader of the fetch of a unit's file; begins it when there is none.
    func reader(of contentArtifact: Int64) -> FetchReader {
        running.withLock { running in
            if let fetch = running[contentArtifact], let number = fetch.join() {
                return FetchReader(fetch: fetch, number: number, fetches: self)
            }
            while true {
                let fetch = UpstreamFetch(contentArtifact, tools)
                // A fetch that has not begun takes every reader.
                guard let number = fetch.join() else { continue }
                running[contentArtifact] = fetch
                fetch.start { self.forget(fetch) }
                return FetchReader(fetch: fetch, number: number, fetches: self)
            }
        }
    }

    /// Stops all fetches, and waits until they have stopped.
    func shutdown() async {
        for fetch in running.withLock({ Array($0.values) }) { await fetch.cancel() }
    }

    fileprivate func forget(_ fetch: UpstreamFetch) {
        running.withLock { running in
            if running[fetch.contentArtifact] === fetch { running[fetch.contentArtifact] = nil }
        }
    }
}

/// One client's place at a fetch.
struct FetchReader: Sendable {
    fileprivate let fetch: UpstreamFetch
    fileprivate let number: FetchState.Reader
    fileprivate let fetches: UpstreamFetches

    func size() async throws -> Int64? { try await fetch.size() }

    func read(from offset: Int64, limit: Int) async throws -> ByteBuffer { try await fetch.read(from: offset, limit: limit) }

    func leave() {
        if fetch.leave(number) { fetches.forget(fetch) }
    }
}
