internal import Glibc
internal import NIOCore

/// The bytes of a file of this machine, in chunks of 256 KiB, read on a thread of their own as they are asked for.
struct FileChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    private static let chunkSize = 256 << 10

    private let file: FileDescriptor
    private let threads = BlockingThreads(count: 1)
    let size: Int64

    /// - Throws: ``PulpError`` when there is no such file, or it is a folder, a pipe or a device.
    init(_ path: String) throws {
        // Without O_NONBLOCK, opening a pipe would wait for its other end.
        file = try FileDescriptor(path, O_RDONLY | O_NONBLOCK)
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw PulpError(errno: errno, "look at", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw PulpError(.invalid, "\(path) is not a regular file") }
        size = Int64(status.st_size)
    }

    func makeAsyncIterator() -> Iterator { Iterator(chunks: self) }

    struct Iterator: AsyncIteratorProtocol {
        let chunks: FileChunks
        private var offset: Int64 = 0

        init(chunks: FileChunks) { self.chunks = chunks }

        mutating func next() async throws -> ByteBuffer? {
            let (file, start) = (chunks.file, offset)
            let chunk = try await chunks.threads.run { try file.read(at: start, count: FileChunks.chunkSize) }
            offset += Int64(chunk.readableBytes)
            return chunk.readableBytes == 0 ? nil : chunk
        }
    }
}
