import NIOCore
import PulpCore
import Synchronization

/// A staged artifact in memory, that remembers how it was filled.
final class MemoryArtifact: StagedArtifact {
    private struct State {
        var bytes = ByteBuffer()
        var writes = 0
        var restarts = 0
    }

    private let state = Mutex(State())
    private let failure: (any Error)?

    /// - Parameter failure: what every write throws.
    init(failing failure: (any Error)? = nil) { self.failure = failure }

    var text: String { state.withLock { String(buffer: $0.bytes) } }
    var size: Int { state.withLock { $0.bytes.readableBytes } }
    var writes: Int { state.withLock { $0.writes } }
    var restarts: Int { state.withLock { $0.restarts } }

    func write(_ bytes: ByteBuffer) async throws {
        if let failure { throw failure }
        state.withLock { state in
            state.bytes.writeImmutableBuffer(bytes)
            state.writes += 1
        }
    }

    func finish() async throws -> ArtifactDescription {
        let bytes = state.withLock { $0.bytes }
        let digests = bytes.withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.md5, .sha256, .sha512]) }
        return ArtifactDescription(size: Int64(bytes.readableBytes), digests: digests)
    }

    func read(_ range: Range<Int64>) async throws -> ByteBuffer {
        state.withLock { $0.bytes.getSlice(at: Int(range.lowerBound), length: range.count) ?? ByteBuffer() }
    }

    func restart() async throws {
        state.withLock { state in
            state.bytes.clear()
            state.restarts += 1
        }
    }

    func copy() async throws -> any StagedArtifact {
        let copy = MemoryArtifact()
        let bytes = state.withLock { $0.bytes }
        copy.state.withLock { $0.bytes = bytes }
        return copy
    }

    func discard() async { state.withLock { $0.bytes.clear() } }
}

extension Digests {
    /// The SHA-256 that a text's bytes have.
    static func of(_ text: String) -> Digests {
        ByteBuffer(string: text).withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.sha256]) }
    }
}
