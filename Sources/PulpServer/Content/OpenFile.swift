import NIOCore
import PulpCore

#if canImport(Glibc)
import Glibc
#endif

/// An artifact's file, open for reading, and closed when the last of those who send it lets go.
///
/// One event loop sends its regions: NIO refuses to let two threads send one handle at a time. Any thread may read.
final class OpenFile: Sendable {
    let handle: NIOFileHandle
    let size: Int64
    private let descriptor: CInt

    /// - Throws: ``PulpError`` when there is no such regular file, or when it does not have the size that it should.
    init(path: String, size: Int64) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw PulpError(.notFound, "\(path): \(String(cString: strerror(errno)))")
        }
        let found = sizeOfRegularFile(descriptor)
        guard found == size else {
            close(descriptor)
            throw PulpError(.sizeMismatch, "\(path): expected \(size) bytes, got \(found.map { "\($0)" } ?? "no file")")
        }
        self.descriptor = descriptor
        self.size = size
        handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
    }

    deinit {
        // Fails only when the handle is closed or in use, and nobody else has it any more.
        try? handle.close()
    }

    /// A part, to be sent without passing through this process.
    func region(_ range: Range<Int64>) -> FileRegion {
        FileRegion(fileHandle: handle, readerIndex: Int(range.lowerBound), endIndex: Int(range.upperBound))
    }

    /// Reads a part, which is in the page cache more often than not.
    /// - Throws: ``PulpError`` when the file ends before, or cannot be read.
    func read(_ range: Range<Int64>, allocator: ByteBufferAllocator) throws -> ByteBuffer {
        var buffer = allocator.buffer(capacity: range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let wanted = Int(range.upperBound - offset)
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
                max(0, pread(descriptor, bytes.baseAddress, wanted, off_t(offset)))
            }
            guard count > 0 else { throw PulpError(.sizeMismatch, "a file of \(size) bytes ends at \(offset)") }
            offset += Int64(count)
        }
        return buffer
    }
}
