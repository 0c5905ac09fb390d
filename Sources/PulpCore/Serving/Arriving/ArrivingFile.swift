internal import NIOCore
internal import Synchronization

/// One client's view of a unit's file that is on its way from upstream.
///
/// The fetch begins, or is joined, when the client first asks for its size or bytes: an answer that needs neither costs upstream
/// nothing.
final class ArrivingFile: ArrivingArtifact {
    let name: String
    let sha256: SHA256Digest?
    let lastModified: Timestamp
    private let join: @Sendable () -> FetchReader
    private let state = Mutex(State.idle)

    private enum State {
        case idle
        case joined(FetchReader)
        case left
    }

    init(name: String, sha256: SHA256Digest?, lastModified: Timestamp, join: @escaping @Sendable () -> FetchReader) {
        (self.name, self.sha256, self.lastModified, self.join) = (name, sha256, lastModified, join)
    }

    deinit { leave() }

    func size() async throws -> Int64? { try await reader().size() }

    func read(from offset: Int64, limit: Int) async throws -> ByteBuffer {
        try await reader().read(from: offset, limit: limit)
    }

    func leave() {
        let reader = state.withLock { state in
            defer { state = .left }
            return if case .joined(let reader) = state { reader } else { FetchReader?.none }
        }
        reader?.leave()
    }

    private func reader() throws -> FetchReader {
        try state.withLock { state in
            switch state {
            case .joined(let reader): return reader
            case .left: throw CancellationError()
            case .idle:
                let reader = join()
                state = .joined(reader)
                return reader
            }
        }
    }
}
