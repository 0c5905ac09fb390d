internal import Logging
internal import NIOCore
internal import Synchronization

/// The fetches that run at present: one for the same bytes, however many clients wait for them, and under however many paths.
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

    /// What one fetch brings: bytes that are promised, wherever they belong, or whatever upstream has of one unit's file.
    enum Target: Sendable, Hashable {
        case bytes(SHA256Digest)
        case file(Int64)

        var sha256: SHA256Digest? { if case .bytes(let sha256) = self { sha256 } else { nil } }
    }

    private struct State {
        var running: [Target: UpstreamFetch] = [:]
        /// What is fetched for which unit's file.
        var targets: [Int64: Target] = [:]

        mutating func remove(_ fetch: UpstreamFetch) {
            guard running[fetch.target] === fetch else { return }
            running[fetch.target] = nil
            for file in fetch.files where targets[file] == fetch.target { targets[file] = nil }
        }
    }

    private let tools: Tools
    private let state = Mutex(State())

    init(_ tools: Tools) { self.tools = tools }

    /// How long a source that failed is left out.
    var cooldown: Duration { tools.cooldown }

    /// How many fetches run, or last for their readers.
    var count: Int { state.withLock { $0.running.count } }

    /// A reader of the fetch of a unit's file; begins it when there is none.
    /// - Parameter sha256: what the client was promised: files with one digest share a fetch.
    func reader(of contentArtifact: Int64, promising sha256: SHA256Digest?) -> FetchReader {
        let target = sha256.map(Target.bytes) ?? .file(contentArtifact)
        return state.withLock { state in
            state.targets[contentArtifact] = target
            if let fetch = state.running[target] {
                if let number = fetch.join(for: contentArtifact) {
                    return FetchReader(fetch: fetch, number: number, fetches: self)
                }
                state.remove(fetch)
                state.targets[contentArtifact] = target
            }
            while true {
                let fetch = UpstreamFetch(target, tools)
                // A fetch that has not begun takes every reader.
                guard let number = fetch.join(for: contentArtifact) else { continue }
                state.running[target] = fetch
                fetch.start { self.forget(fetch) }
                return FetchReader(fetch: fetch, number: number, fetches: self)
            }
        }
    }

    /// What is on its way for a unit's file, which its remotes may have left meanwhile; nil when nothing is.
    func target(of contentArtifact: Int64) -> Target? {
        state.withLock { state in
            guard let target = state.targets[contentArtifact], state.running[target]?.isOpen == true else { return nil }
            return target
        }
    }

    /// Stops all fetches, and waits until they have stopped.
    func shutdown() async {
        for fetch in state.withLock({ Array($0.running.values) }) { await fetch.cancel() }
    }

    fileprivate func forget(_ fetch: UpstreamFetch) {
        state.withLock { $0.remove(fetch) }
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
