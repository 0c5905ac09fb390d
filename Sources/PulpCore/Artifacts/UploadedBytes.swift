internal import NIOCore

/// The chunks of an upload, one after the other, as one sequence of bytes.
///
/// Each is compared with its digest, so that an error says which of them is damaged.
struct UploadedBytes: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let chunks: [Upload.Chunk]
    let store: any ChunkStore

    func makeAsyncIterator() -> Iterator { Iterator(rest: chunks[...], store: store) }

    struct Iterator: AsyncIteratorProtocol {
        private struct Current {
            let chunk: Upload.Chunk
            var bytes: AsyncThrowingStream<ByteBuffer, any Error>.Iterator
            let hasher = DigestHasher([.sha256])
        }

        private var rest: ArraySlice<Upload.Chunk>
        private let store: any ChunkStore
        private var current: Current?

        init(rest: ArraySlice<Upload.Chunk>, store: any ChunkStore) { (self.rest, self.store) = (rest, store) }

        mutating func next() async throws -> ByteBuffer? {
            while true {
                if let bytes = try await current?.bytes.next() {
                    bytes.withUnsafeReadableBytes { current?.hasher.update($0) }
                    return bytes
                }
                if let ended = current {
                    current = nil
                    guard ended.hasher.finish().sha256 == ended.chunk.sha256 else {
                        throw PulpError(.digestMismatch, "the chunk \(ended.chunk.name) is damaged: it has another digest")
                    }
                }
                guard let next = rest.popFirst() else { return nil }
                current = Current(chunk: next, bytes: try await store.read(next.name, size: next.size).makeAsyncIterator())
            }
        }
    }
}
