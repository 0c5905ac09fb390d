internal import Glibc
internal import NIOCore

/// An open file; closed with its last reference.
final class FileDescriptor: Sendable {
    let number: CInt
    let path: String

    /// Opens a file or a directory.
    /// - Throws: ``PulpError`` that names the path.
    init(_ path: String, _ flags: CInt) throws(PulpError) {
        number = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o644)
        self.path = path
        guard number >= 0 else { throw PulpError(errno: errno, "open", path) }
    }

    deinit { close(number) }

    var size: Int64 {
        get throws(PulpError) {
            var status = stat()
            guard fstat(number, &status) == 0 else { throw PulpError(errno: errno, "look at", path) }
            return Int64(status.st_size)
        }
    }

    /// Writes all of the bytes at an offset.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(PulpError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(number, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw PulpError(errno: count < 0 ? errno : ENOSPC, "write to", path) }
            done += count
        }
    }

    /// Reads up to so many bytes at an offset; fewer only at the end of the file.
    func read(at offset: Int64, count: Int) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { memory in
            var done = 0
            while done < count {
                let got = pread(number, memory.baseAddress?.advanced(by: done), count - done, off_t(offset) + off_t(done))
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw PulpError(errno: errno, "read", path) }
                if got == 0 { break }
                done += got
            }
            return done
        }
        return buffer
    }

    /// Gives up a `flock(2)`.
    func unlock() { flock(number, LOCK_UN) }

    /// Brings the file's bytes, or the directory's names, to the disk.
    func synchronize() throws(PulpError) {
        guard fsync(number) == 0 else { throw PulpError(errno: errno, "synchronize", path) }
    }
}

extension PulpError {
    /// A system call failed.
    init(errno number: CInt, _ action: String, _ path: String) {
        let code: Code =
            switch number {
            case ENOSPC, EDQUOT, EFBIG: .storageFull
            case ENOENT: .notFound
            default: .systemState
            }
        self.init(code, "cannot \(action) \(path): \(String(cString: strerror(number)))")
    }
}

extension PulpError.Code {
    /// Ours: there is no space left for bytes, or the user's quota is used up.
    public static let storageFull = Self("PLP0507")
}

/// The names in a directory, in no order, without `.` and `..`.
func namesInDirectory(_ path: String) throws(PulpError) -> [String] {
    guard let directory = opendir(path) else { throw PulpError(errno: errno, "list", path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}

/// Makes a directory unless it is there.
/// - Returns: whether it was made.
@discardableResult
func makeDirectory(_ path: String) throws(PulpError) -> Bool {
    if mkdir(path, 0o755) == 0 { return true }
    let number = errno
    guard number == EEXIST else { throw PulpError(errno: number, "make the folder", path) }
    return false
}

/// The size of an open file, in bytes; nil when it is no regular one.
package func sizeOfRegularFile(_ descriptor: CInt) -> Int64? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int64(status.st_size)
}
