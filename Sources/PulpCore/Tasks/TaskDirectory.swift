internal import Foundation
internal import Synchronization

/// The working directory of one task: `tmp/<uuid of the task>` in the data directory, made on first use.
final class TaskDirectory: Sendable {
    private let location: String
    private let isMade = Mutex(false)

    init(of uuid: String, in settings: Settings) {
        location = "\(Self.parent(settings))/\(uuid)"
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
