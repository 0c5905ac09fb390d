internal import Glibc
internal import Synchronization

/// A lease as an exclusive `flock(2)` on a file: the kernel gives it up when its process dies, however it dies.
final class FileLease: DatabaseLease {
    private let descriptor: Mutex<CInt?>
    private let path: String

    private init(descriptor: CInt, path: String) {
        self.descriptor = Mutex(descriptor)
        self.path = path
    }

    deinit { close() }

    /// - Returns: nil when another process, or this one, holds the lease.
    static func acquire(_ name: String, in directory: String) throws -> FileLease? {
        mkdir(directory, 0o700)
        let path = "\(directory)/\(name)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw DatabaseError(.unavailable, "cannot open the lease \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        // Whoever held the lease before may have removed the file between our open and our lock.
        var mine = stat()
        var named = stat()
        guard fstat(descriptor, &mine) == 0, stat(path, &named) == 0, mine.st_ino == named.st_ino else {
            Glibc.close(descriptor)
            return try acquire(name, in: directory)
        }
        return FileLease(descriptor: descriptor, path: path)
    }

    /// Whether nobody holds a lease.
    static func isFree(_ name: String, in directory: String) throws -> Bool {
        let path = "\(directory)/\(name)"
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return true }
            throw DatabaseError(.unavailable, "cannot open the lease \(path): \(String(cString: strerror(errno)))")
        }
        defer { Glibc.close(descriptor) }
        // Shared, so that two that look do not take each other for the holder.
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return false }
        return true
    }

    func release() async { close() }

    private func close() {
        descriptor.withLock { descriptor in
            guard let open = descriptor else { return }
            unlink(path)
            Glibc.close(open)
            descriptor = nil
        }
    }
}
