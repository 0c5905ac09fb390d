internal import Synchronization

/// The downloads of the syncs that run at present: syncs that want the same bytes at the same time download them once.
///
/// Each of them gets a staged artifact of its own, so that none waits for the commit of another.
final class SharedDownloads: Sendable {
    typealias Progress = @Sendable (Int64, Int64?) async -> Void

    private struct Arrived: Sendable {
        let staged: any StagedArtifact
        let description: ArtifactDescription
    }

    private let store: any ArtifactStore
    private let downloader: Downloader
    private let algorithms: Set<DigestAlgorithm>
    private let flights = SingleFlight<SHA256Digest, Arrived> { arrived in
        Arrived(staged: try await arrived.staged.copy(), description: arrived.description)
    }

    init(store: any ArtifactStore, downloader: Downloader, algorithms: Set<DigestAlgorithm>) {
        (self.store, self.downloader, self.algorithms) = (store, downloader, algorithms)
    }

    /// Downloads and verifies a file, or waits for a download of the same bytes that is under way, from whatever remote.
    ///
    /// A download that failed for another sync says nothing of this one's remote, and is made again.
    /// - Returns: a finished artifact, which is the caller's to commit or to discard.
    func fetch(
        _ file: RemoteFile, from remote: RemoteSettings, onProgress: @escaping Progress
    ) async throws -> (staged: any StagedArtifact, description: ArtifactDescription) {
        let arrived = try await share(file, from: remote, onProgress)
        return (arrived.staged, arrived.description)
    }

    /// How many syncs wait for the same bytes now.
    func callers(of digest: SHA256Digest) -> Int { flights.callers(of: digest) }

    private func share(_ file: RemoteFile, from remote: RemoteSettings, _ onProgress: @escaping Progress) async throws -> Arrived {
        guard let promised = file.digests.sha256 else {
            return try await download(file, from: remote, onProgress)
        }
        let isMine = Mutex(false)
        do {
            let arrived = try await flights.run(promised) {
                isMine.withLock { $0 = true }
                return try await self.download(file, from: remote, onProgress)
            }
            if !isMine.withLock({ $0 }) { await onProgress(arrived.description.size, arrived.description.size) }
            return arrived
        } catch {
            if isMine.withLock({ $0 }) { throw error }
            try Task.checkCancellation()
            return try await download(file, from: remote, onProgress)
        }
    }

    private func download(_ file: RemoteFile, from remote: RemoteSettings, _ onProgress: @escaping Progress) async throws -> Arrived {
        let staged = try await store.stage(algorithms)
        do {
            return Arrived(
                staged: staged, description: try await downloader.fetch(file, from: remote, into: staged, onProgress: onProgress))
        } catch {
            await staged.discard()
            throw error
        }
    }
}
