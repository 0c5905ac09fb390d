import NIOCore
import Synchronization

/// A staged artifact that others read while it fills: says how far it is, and starts again only while nobody holds its bytes.
final class SharedStagedArtifact: StagedArtifact {
    /// The store's own, which the store commits.
    let inner: any StagedArtifact
    private let count = Mutex<Int64>(0)
    private let onGrowth: @Sendable (Int64) -> Void
    private let mayRestart: @Sendable () -> Bool

    init(
        _ inner: any StagedArtifact, mayRestart: @escaping @Sendable () -> Bool, onGrowth: @escaping @Sendable (Int64) -> Void
    ) {
        (self.inner, self.mayRestart, self.onGrowth) = (inner, mayRestart, onGrowth)
    }

    func write(_ bytes: ByteBuffer) async throws {
        try await inner.write(bytes)
        let total = count.withLock { count in
            count += Int64(bytes.readableBytes)
            return count
        }
        onGrowth(total)
    }

    func finish() async throws -> ArtifactDescription { try await inner.finish() }

    func read(_ range: Range<Int64>) async throws -> ByteBuffer { try await inner.read(range) }

    func restart() async throws {
        guard mayRestart() else {
            throw PulpError(.connection, "the download cannot start again: clients hold a part of what came")
        }
        try await inner.restart()
        count.withLock { $0 = 0 }
    }

    func copy() async throws -> any StagedArtifact { try await inner.copy() }

    func discard() async { await inner.discard() }
}
