import Foundation
import Glibc

/// A file system in memory with room for few bytes.
///
/// Mounting takes the right to: root in a container has it.
struct SmallFileSystem {
    private let path: String

    init(at path: String, bytes: Int) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
        self.path = path
    }

    /// Whether this process may mount.
    static let isPermitted: Bool = {
        let path = FileManager.default.temporaryDirectory.appending(path: "pulp-mount-\(getpid())").path
        // Not permitted is the answer, not an error.
        guard let small = try? SmallFileSystem(at: path, bytes: 1 << 20) else { return false }
        small.unmount()
        rmdir(path)
        return true
    }()

    func unmount() {
        umount2(path, CInt(MNT_DETACH))
    }
}
