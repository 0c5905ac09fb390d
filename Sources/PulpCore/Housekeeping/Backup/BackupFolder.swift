internal import CLinux
internal import Foundation
internal import NIOCore

/// The folder of a backup.
///
///     backup.json                what there is, written last
///     database-<id>.sqlite       the database at one moment, or database-<id>.postgresql
///     database.key               the key of the secrets in it
///     media/artifact/ab/<62>     the bytes of artifacts, as the local store keeps them
///     media/upload/<uuid>/<uuid> the chunks of unfinished uploads, likewise
///     backup.lock                held by whoever writes
///
/// Nothing that is there is ever written over, but for `backup.json`, which is replaced at once: a backup that is not finished
/// leaves the one before as it was, and a copy of the folder made of hard links stays as it is.
struct BackupFolder: Sendable {
    private static let lockName = "backup.lock"

    let path: String
    private let threads = BlockingThreads(count: 4)

    var media: String { path + "/media" }
    var key: KeyFile { KeyFile(path: path + "/database.key") }
    private var manifestPath: String { "\(path)/\(BackupManifest.fileName)" }

    /// A folder to read from; nothing is looked at.
    init(_ path: String) { self.path = path }

    /// A folder to write into: a new or an empty one, or one with a backup.
    /// - Throws: ``PulpError`` that names what is in the way: the folder of a store must never be taken for that of a backup.
    init(making path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw PulpError(.systemState, "cannot make the folder \(path): \((error as NSError).localizedDescription)")
        }
        let names = Set(try namesInDirectory(path)).subtracting(["lost+found"])
        if let stranger = names.min(), names.isDisjoint(with: [Self.lockName, BackupManifest.fileName]) {
            throw PulpError(.conflict, "the folder \(path) is no backup, and is not empty: it has \(stranger.debugDescription)")
        }
    }

    /// Keeps other backups out of the folder for as long as the descriptor is open, however this process ends.
    func lock() throws -> FileDescriptor {
        let file = try FileDescriptor("\(path)/\(Self.lockName)", O_RDWR | O_CREAT)
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw PulpError(errno: errno, "lock", file.path) }
            throw PulpError(.conflict, "another backup is being written into \(path)")
        }
        return file
    }

    /// - Throws: ``PulpError`` when there is none, or it makes no sense.
    func manifest() throws -> BackupManifest { try BackupManifest(at: manifestPath) }

    /// The copy of the database that counts; nil while there is no backup.
    func databaseFile() throws -> String? {
        guard FileManager.default.fileExists(atPath: manifestPath) else { return nil }
        return try manifest().database.file
    }

    /// Makes an empty file that its owner alone can read.
    func makeFile(_ name: String) throws -> String {
        let file = try FileDescriptor("\(path)/\(name)", O_WRONLY | O_CREAT | O_EXCL)
        guard fchmod(file.number, 0o600) == 0 else { throw PulpError(errno: errno, "protect", file.path) }
        return file.path
    }

    /// Brings everything to the disk, then puts the description in the place of the one before.
    func finish(with manifest: BackupManifest) throws {
        let folder = try FileDescriptor(path, O_RDONLY | O_DIRECTORY)
        let temporary = "\(manifestPath).\(manifest.id)"
        defer { unlink(temporary) }
        do {
            let file = try FileDescriptor(temporary, O_WRONLY | O_CREAT | O_EXCL)
            var text = try manifest.text
            try text.withUTF8 { try file.write(UnsafeRawBufferPointer($0), at: 0) }
        }
        guard pulp_sync_file_system(folder.number) == 0 else { throw PulpError(errno: errno, "synchronize", path) }
        guard rename(temporary, manifestPath) == 0 else { throw PulpError(errno: errno, "rename", temporary) }
        try folder.synchronize()
    }

    /// Removes copies of the database that do not count, and descriptions that were never finished.
    func removeLeftovers() throws {
        let kept = try databaseFile()
        for name in try namesInDirectory(path) where name != kept {
            guard BackupManifest.isDatabaseFile(name) || name.hasPrefix(BackupManifest.fileName + ".") else { continue }
            unlink("\(path)/\(name)")
        }
    }

    /// The chunks of unfinished uploads.
    var chunks: any ChunkStore { LocalChunkStore(mediaRoot: media, threads: threads) }

    /// Reads an artifact's bytes.
    /// - Throws: ``PulpError`` with `notFound` when it is not there; the stream throws `sizeMismatch` when it is too short.
    func read(_ artifact: ArtifactDescription) async throws -> AsyncThrowingStream<ByteBuffer, any Error> {
        let (hex, threads) = (artifact.sha256.hex, threads)
        let path = "\(media)/artifact/\(hex.prefix(2))/\(hex.dropFirst(2))"
        // Opening a pipe must not wait for its other end.
        let file = try await threads.run { try FileDescriptor(path, O_RDONLY | O_NONBLOCK) }
        let reader = ChunkReader(file, 0..<artifact.size, of: "artifact \(artifact.sha256)")
        return AsyncThrowingStream { try await threads.run { try reader.next() } }
    }

    /// Compares the copy of the database with what the description says of it.
    /// - Throws: ``PulpError`` that names the file.
    func verifyDatabase(_ database: BackupManifest.Database) async throws {
        let path = "\(path)/\(database.file)"
        let found = try await Self.describe(path)
        guard found.size == database.size else {
            throw PulpError(.sizeMismatch, "\(path) is damaged: it has \(found.size) bytes, not \(database.size)")
        }
        guard found.sha256.hex == database.sha256 else {
            throw PulpError(.digestMismatch, "\(path) is damaged: it has another digest than \(BackupManifest.fileName) says")
        }
    }

    /// The size and the digest of a file.
    static func describe(_ path: String) async throws -> ArtifactDescription {
        let hasher = DigestHasher([.sha256])
        for try await chunk in try FileChunks(path) { chunk.withUnsafeReadableBytes { hasher.update($0) } }
        let size = hasher.count
        return ArtifactDescription(size: size, digests: hasher.finish())
    }
}
