internal import Foundation
internal import Glibc

/// A file system in memory with room for few bytes.
///
/// Mounting takes the right to: root in a container has it.
public struct SmallFileSystem: Sendable {
    private let path: String

    /// Mounts one at a folder, which is made.
    public init(at path: String, bytes: Int) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
        self.path = path
    }

    /// Whether this process may mount.
    public static let isPermitted: Bool = {
        let path = FileManager.default.temporaryDirectory.appending(path: "pulp-mount-\(getpid())").path
        // Not permitted is the answer, not an error.
        guard let small = try? SmallFileSystem(at: path, bytes: 1 << 20) else { return false }
        small.unmount()
        rmdir(path)
        return true
    }()

    private var ballast: String { path + "/ballast" }

    /// Takes the space away, but for so many bytes.
    public func fill(leaving bytes: Int) throws {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        // Not by Foundation: a program that is started meanwhile would inherit the open file, which would keep its space when it is gone.
        let file = open(ballast, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(file) }
        guard free > bytes else { return }
        let code = posix_fallocate(file, 0, off_t(free - bytes))
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
    }

    /// Gives the space back that ``fill(leaving:)`` took.
    public func clear() throws { try FileManager.default.removeItem(atPath: ballast) }

    /// Takes the file system away, with all that is on it.
    public func unmount() {
        umount2(path, CInt(MNT_DETACH))
    }
}
