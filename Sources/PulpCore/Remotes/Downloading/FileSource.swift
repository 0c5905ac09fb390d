internal import CLinux
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Reads files for `file` URLs, only from below the folders that the operator allows.
struct FileSource: Sendable {
    let allowedPaths: [String]

    /// An open regular file, closed when nobody holds it any more.
    final class Handle: Sendable {
        fileprivate let descriptor: CInt
        let size: Int64
        fileprivate init(descriptor: CInt, size: Int64) { (self.descriptor, self.size) = (descriptor, size) }
        deinit { close(descriptor) }
    }

    /// The allowed folder that a path is below, and the path from there; nil when there is none.
    ///
    /// Folders end at slashes: `/mnt/a` does not allow `/mnt/ab`.
    static func place(of path: String, in allowed: [String]) -> (root: String, relative: String)? {
        for entry in allowed {
            let root = entry.utf8.last == UInt8(ascii: "/") ? entry : entry + "/"
            guard root.utf8.first == UInt8(ascii: "/"), path.utf8.starts(with: root.utf8) else { continue }
            let relative = String(decoding: path.utf8.dropFirst(root.utf8.count), as: UTF8.self)
            if !relative.isEmpty { return (root, relative) }
        }
        return nil
    }

    /// Whether a path is an allowed folder, or below one.
    static func isAllowed(_ path: String, in allowed: [String]) -> Bool {
        let climbs = path.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
        return !climbs && place(of: path + "/.", in: allowed) != nil
    }

    /// Hands the bytes of a file to a body, in chunks of at most 256 KiB, read off the event loops.
    func read(_ url: RemoteURL, _ body: (ByteBuffer, Int64) async throws -> Void) async throws {
        let pool = NIOThreadPool.singleton
        // A small file takes one trip to another thread in all.
        var (handle, chunk) = try await pool.runIfActive {
            let handle = try open(url)
            return (handle, try Self.chunk(of: handle, url))
        }
        while chunk.readableBytes > 0 {
            try await body(chunk, handle.size)
            if chunk.readableBytes < FileTransfer.chunk { break }
            chunk = try await pool.runIfActive { [handle] in try Self.chunk(of: handle, url) }
        }
    }

    private func open(_ url: RemoteURL) throws -> Handle {
        guard let (root, relative) = Self.place(of: url.path, in: allowedPaths) else {
            throw PulpError(.urlScheme, "\(url.redacted): the path is not below an allowed import path")
        }
        let folder = Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure(errno, url) }
        defer { close(folder) }
        let descriptor = pulp_open_beneath(folder, relative)
        guard descriptor >= 0 else { throw Self.failure(errno, url) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            throw Self.failure(errno, url)
        }
        guard status.st_mode & S_IFMT == S_IFREG, pulp_is_made_by_kernel(descriptor) == 0 else {
            close(descriptor)
            throw PulpError(.urlScheme, "\(url.redacted): not a regular file")
        }
        return Handle(descriptor: descriptor, size: Int64(status.st_size))
    }

    private static func chunk(of handle: Handle, _ url: RemoteURL) throws -> ByteBuffer {
        let capacity = Int(min(max(handle.size + 1, 1), Int64(FileTransfer.chunk)))
        var buffer = ByteBufferAllocator().buffer(capacity: capacity)
        while buffer.readableBytes < FileTransfer.chunk {
            let room = min(max(capacity - buffer.readableBytes, 4096), FileTransfer.chunk - buffer.readableBytes)
            var failure: CInt = 0
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { bytes in
                let count = Glibc.read(handle.descriptor, bytes.baseAddress, room)
                if count < 0 { failure = errno }
                return max(0, count)
            }
            guard failure == 0 || failure == EINTR else { throw Self.failure(failure, url) }
            if failure == EINTR { continue }
            if count == 0 { break }
        }
        return buffer
    }

    private static func failure(_ number: CInt, _ url: RemoteURL) -> PulpError {
        switch number {
        case ENOENT, ENOTDIR: PulpError(.notFound, "\(url.redacted): no such file")
        case ELOOP, EXDEV: PulpError(.urlScheme, "\(url.redacted): the path leaves its folder or goes through a symbolic link")
        default: PulpError(.connection, "\(url.redacted): \(String(cString: strerror(number)))")
        }
    }
}
