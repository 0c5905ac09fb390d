internal import COpenSSL  // its headers bring <time.h> too: `timespec` is its or Glibc's, whichever is loaded first
internal import Glibc

/// A folder for the unfinished files of one store of one process, below the staging folder that all of them share.
///
/// The folder is locked with `flock(2)` for as long as its owner lives. The kernel gives the lock up when the process dies,
/// however it dies, so anyone can tell a crash's leftovers from a download that is under way.
final class StagingArea: Sendable {
    let path: String
    private let lock: FileDescriptor

    private init(path: String, lock: FileDescriptor) { (self.path, self.lock) = (path, lock) }

    static func make(below staging: String) throws -> StagingArea {
        while true {
            let path = "\(staging)/\(UUIDv7.make())"
            try makeDirectory(path)
            // A sweeper may take a new folder for an abandoned one before it is locked: then another name.
            if let lock = lock(path), access(path, F_OK) == 0 { return StagingArea(path: path, lock: lock) }
        }
    }

    deinit { rmdir(path) }

    func makeName() -> String { "\(path)/\(UUIDv7.make())" }

    /// Removes what dead processes left, and files that nobody has written to since a moment.
    /// - Parameter reach: whose locks can be seen; where some cannot, only the age of files counts.
    /// - Returns: the number of files removed.
    static func sweep(_ staging: String, olderThan moment: Timestamp, _ reach: LockReach = .everyProcess) throws -> Int {
        var count = 0
        for name in try namesInDirectory(staging) {
            let path = "\(staging)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            let lock = reach == .everyProcess ? lock(path) : nil
            // An owner that ends, or another sweeper, may have removed the folder already.
            guard let files = try? namesInDirectory(path) else { continue }
            for file in files {
                let file = "\(path)/\(file)"
                guard lstat(file, &status) == 0 else { continue }
                if lock != nil || Timestamp(status.st_mtim) < moment, unlink(file) == 0 { count += 1 }
            }
            if lock != nil { rmdir(path) }
        }
        return count
    }

    /// Who sees the lock of a staging folder.
    enum LockReach { case everyProcess, thisMachine }

    /// The files of all processes that are there now.
    static func files(in staging: String) throws -> [(path: String, isAbandoned: Bool)] {
        try namesInDirectory(staging).flatMap { name -> [(path: String, isAbandoned: Bool)] in
            let path = "\(staging)/\(name)"
            // What is no folder is a lock file; a folder that has gone meanwhile has no files.
            guard let files = try? namesInDirectory(path) else { return [] }
            let isAbandoned = lock(path) != nil
            return files.map { ("\(path)/\($0)", isAbandoned) }
        }
    }

    private static func lock(_ path: String) -> FileDescriptor? {
        // A folder that is gone cannot be locked, and need not be.
        guard let directory = try? FileDescriptor(path, O_RDONLY | O_DIRECTORY) else { return nil }
        return flock(directory.number, LOCK_EX | LOCK_NB) == 0 ? directory : nil
    }
}

extension Timestamp {
    init(_ time: timespec) {
        self.init(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
