internal import Foundation

/// Where a backup is restored to: what must be empty, and how its database is opened.
public struct RestoreTarget: Sendable {
    let settings: Settings
    /// The kind of the database, as ``DatabaseArchiver/format`` says it.
    let kind: String
    /// The file of a SQLite database; nil for a server's.
    let databaseFile: String?
    let open: @Sendable () throws -> any Database

    /// Describes a store that is not there yet.
    /// - Parameters:
    ///   - kind: what the database's ``DatabaseArchiver/format`` says.
    ///   - databaseFile: the file of a SQLite database; nil for a database on a server.
    ///   - open: opens the database, and makes the file when there is none.
    public init(settings: Settings, kind: String, databaseFile: String?, open: @escaping @Sendable () throws -> any Database) {
        (self.settings, self.kind, self.databaseFile, self.open) = (settings, kind, databaseFile, open)
    }

    /// Refuses a store that has something.
    /// - Parameter key: that of the backup.
    /// - Throws: ``PulpError`` with `conflict` that names it.
    func requireEmpty(for manifest: BackupManifest, key: KeyFile) async throws {
        if let unfinished = try Self.unfinishedRestore(in: settings.dataDirectory) {
            guard unfinished == manifest.id else {
                throw PulpError(
                    .conflict, "\(settings.dataDirectory) has the unfinished restore of another backup: empty it, or restore that one")
            }
            return
        }
        if let path = occupied(manifest).first(where: Self.hasSomething) {
            throw PulpError(.conflict, "cannot restore: \(path) is there already, and a backup is restored into an empty store")
        }
        if manifest.hasKey, let there = try settings.secretKey.read(), try key.read() != there {
            throw PulpError(
                .conflict, "cannot restore: the key file \(settings.secretKey.path) is there already, and is not that of the backup")
        }
        if databaseFile == nil, let table = try await firstTable() {
            throw PulpError(
                .conflict, "cannot restore: the database is not empty, it has \(table), and a backup is restored into an empty one")
        }
    }

    private func occupied(_ manifest: BackupManifest) -> [String] {
        var paths = databaseFile.map { [$0, $0 + "-wal"] } ?? []
        // A backup without bytes is for a store whose bytes are there.
        if manifest.artifacts != nil {
            let media = settings.mediaRoot ?? settings.dataDirectory + "/media"
            paths += [media + "/artifact", media + "/upload"]
        }
        return paths
    }

    /// Whether a path is a file, or a folder that is not empty.
    private static func hasSomething(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return false }
        // A folder that cannot be read may have anything.
        return !isDirectory.boolValue || (try? namesInDirectory(path))?.isEmpty != true
    }

    private func firstTable() async throws -> String? {
        let database = try open()
        let result: Swift.Result<String?, any Error>
        do { result = .success(try await database.archiver?.firstTable()) } catch { result = .failure(error) }
        try await database.close()
        return try result.get()
    }
}

// MARK: The mark of a store that is not whole yet

extension RestoreTarget {
    private static let mark = "restore.unfinished"

    /// The backup whose restore into a data directory was interrupted; nil when there is none.
    public static func unfinishedRestore(in dataDirectory: String) throws -> String? {
        let path = "\(dataDirectory)/\(mark)"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw PulpError(.systemState, "cannot read \(path): \((error as NSError).localizedDescription)")
        }
    }

    /// Marks the store as not whole.
    func begin(_ manifest: BackupManifest) throws {
        let folder = settings.dataDirectory
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw PulpError(.systemState, "cannot make the data directory \(folder): \((error as NSError).localizedDescription)")
        }
        let temporary = "\(folder)/\(Self.mark).\(UUIDv7.make())"
        defer { unlink(temporary) }
        let file = try FileDescriptor(temporary, O_WRONLY | O_CREAT | O_EXCL)
        try Array(manifest.id.utf8).withUnsafeBytes { try file.write($0, at: 0) }
        try file.synchronize()
        guard rename(temporary, "\(folder)/\(Self.mark)") == 0 else { throw PulpError(errno: errno, "rename", temporary) }
        try FileDescriptor(folder, O_RDONLY | O_DIRECTORY).synchronize()
    }

    /// Takes the mark away.
    func end() throws {
        let path = "\(settings.dataDirectory)/\(Self.mark)"
        guard unlink(path) == 0 || errno == ENOENT else { throw PulpError(errno: errno, "remove", path) }
    }
}
