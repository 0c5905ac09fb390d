internal import Foundation
internal import Synchronization

/// The working directory of one task: `tmp/<uuid of the task>/<key of the worker>` in the data directory, made on first use.
///
/// A worker that lost its task, and does not know it yet, has another one than the worker that begins it anew.
final class TaskDirectory: Sendable {
    private let folder: String
    private let location: String
    private let isMade = Mutex(false)

    init(of uuid: String, worker: Int64, in settings: Settings) {
        folder = "\(Self.parent(settings))/\(uuid)"
        location = "\(folder)/\(worker)"
    }

    var path: String {
        get throws {
            try isMade.withLock { isMade in
                if !isMade {
                    try FileManager.default.createDirectory(
                        atPath: location, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                    isMade = true
                }
            }
            return location
        }
    }

    func remove() throws {
        try isMade.withLock { isMade in
            guard isMade else { return }
            try FileManager.default.removeItem(atPath: location)
            // Stays where somebody else runs the task.
            rmdir(folder)
            isMade = false
        }
    }

    /// The UUIDs of the tasks that have a directory.
    static func leftovers(in settings: Settings) -> [String] {
        // No directory of directories, no leftovers.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent(settings))) ?? []
        return names.filter { UUID(uuidString: $0) != nil && $0.utf8.allSatisfy { $0 < 0x41 || $0 > 0x5A } }
    }

    /// Removes the directory of a task that is not running anywhere.
    static func remove(leftover uuid: String, in settings: Settings) throws {
        try FileManager.default.removeItem(atPath: "\(parent(settings))/\(uuid)")
    }

    private static func parent(_ settings: Settings) -> String { "\(settings.dataDirectory)/tmp" }
}
