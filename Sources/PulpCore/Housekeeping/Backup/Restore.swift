internal import Foundation

/// Brings back what a ``Backup`` saved, into a store that has nothing yet.
///
/// ```swift
/// let restore = try Restore(from: "/srv/backup", into: target)
/// try await restore.verify()                            // changes nothing
/// let database = try await restore.restoreDatabase()
/// let pulp = try await Pulp(settings: settings, database: database, plugins: plugins)
/// let result = try await restore.restoreBytes(to: pulp)
/// ```
///
/// One that is interrupted goes on when it is called again; until it has ended, the programs refuse the store.
public struct Restore: Sendable {
    /// What the backup says of itself.
    public let manifest: BackupManifest
    private let folder: BackupFolder
    private let target: RestoreTarget

    /// Reads what the backup says of itself.
    /// - Throws: ``PulpError`` when the folder has no backup, or one that this program cannot read.
    public init(from directory: String, into target: RestoreTarget) throws {
        folder = BackupFolder(directory)
        manifest = try folder.manifest()
        self.target = target
    }

    /// What was not brought back.
    public struct Result: Sendable, Hashable {
        /// How many artifacts the store has now, of those that the database speaks of; 0 for a backup without artifacts.
        public var artifacts = 0
        /// How many bytes they have.
        public var bytes: Int64 = 0
        /// Artifacts that the backup does not have.
        public var missing: [SHA256Digest] = []
        /// Artifacts whose bytes in the backup are damaged; they were not brought back.
        public var damaged: [SHA256Digest] = []
        /// How many chunks of unfinished uploads the backup does not have; their clients are asked for them again.
        public var missingChunks = 0
        /// Whether there is no key here, so that nobody can read the secrets in the database.
        public var lacksKey = false
    }

    /// Makes sure that the backup can be restored here, and changes nothing.
    /// - Throws: ``PulpError``, which names what is in the way, or what of the backup is damaged or unknown.
    public func verify() async throws {
        guard manifest.database.kind == target.kind else {
            throw PulpError(
                .invalid, "the backup is of a \(manifest.database.kind) database, and the one to restore into is \(target.kind)")
        }
        guard manifest.database.layout <= Migrations.core.count else {
            throw PulpError(
                .invalid,
                "the backup was made by a newer program, \(manifest.version): its layout has number \(manifest.database.layout), this program knows \(Migrations.core.count)"
            )
        }
        if manifest.hasKey, try folder.key.read() == nil {
            throw PulpError(.notFound, "the backup has lost its key file \(folder.key.path)")
        }
        try await target.requireEmpty(for: manifest, key: folder.key)
        try await folder.verifyDatabase(manifest.database)
    }

    /// Brings back the key and the database.
    /// - Returns: the database, open.
    public func restoreDatabase() async throws -> any Database {
        try target.begin(manifest)
        if manifest.hasKey { try target.settings.secretKey.copy(from: folder.key) }
        let database = try target.open()
        do {
            guard let archiver = database.archiver else {
                throw PulpError(.invalid, "a database of the kind \(database.dialect.name) is restored by its own tools only")
            }
            // It comes in one piece: when anything is there, an interrupted call of this has brought all of it.
            if try await archiver.firstTable() == nil { try await archiver.read(from: "\(folder.path)/\(manifest.database.file)") }
            return database
        } catch {
            // What went wrong before says more.
            try? await database.close()
            throw error
        }
    }

    /// Settles what ran when the backup was made, and brings back the bytes that the database speaks of, each compared with its digest.
    ///
    /// Tasks that ran have failed with the reason "Worker has gone missing."; those that waited wait.
    /// - Parameter onProgress: called as it goes on.
    public func restoreBytes(
        to pulp: Pulp, onProgress: @escaping @Sendable (ProgressReport) -> Void = { _ in }
    ) async throws -> Result {
        try await pulp.tasks.buryEverybody()
        _ = try await pulp.database.write { db in
            // Those who were committing or deleting bytes do so beside another database; nobody has to wait for them here.
            try db.execute("DELETE FROM blob_commit")
            try db.execute("DELETE FROM blob_deletion")
        }
        var result = Result()
        if manifest.artifacts != nil {
            let folder = folder
            let progress = ProgressSink { code, message, done, total in
                onProgress(ProgressReport(code: code, message: message, done: done, total: total))
            }
            let copy = try await ArtifactCopy(database: pulp.database, destination: pulp.store, progress: progress, read: folder.read).run()
            (result.artifacts, result.bytes, result.missing, result.damaged) = (copy.count, copy.bytes, copy.missing, copy.damaged)
        }
        let lost = try await UploadCopy(uploads: pulp.uploads, source: folder.chunks, destination: pulp.store).run().missing
        _ = try await pulp.database.write { db in
            try db.execute("DELETE FROM upload_chunk WHERE uuid \(in: lost.map(\.uuid))")
        }
        result.missingChunks = lost.count
        result.lacksKey = try target.settings.secretKey.read() == nil
        try target.end()
        return result
    }
}
