internal import Foundation

/// Copies everything that a store keeps into a folder, while the store is used.
///
/// First the database, as it is at one moment, then the bytes of all artifacts: bytes stand before the rows that speak of them, and
/// what deletes bytes of use waits until the backup has ended, so whatever the copy of the database names is there. The copy of a
/// folder that has a backup already is brought up to date: artifacts that are there are not copied again. Killed at any moment, it
/// leaves the backup before, and goes on from what it has copied the next time.
public struct Backup: TaskDefinition {
    /// The task's name; Pulp has no such task.
    public static let name = "pulpcore.app.tasks.backup.backup"
    /// The folder is one of the machine that asks for the backup.
    public static var staysWithCaller: Bool { true }

    /// The folder, as an absolute path: a new or an empty one, or one with a backup of the same store.
    public var directory: String
    /// Whether to leave out the bytes of artifacts and uploads: for a store that is saved by other means.
    public var withoutArtifacts = false
    /// Whether to leave out the key, without which nobody can read the secrets in the database.
    public var withoutKey = false
    /// Whether to read artifacts that the folder has already, and to replace those that are damaged.
    public var verify = false

    /// A backup of everything, unless parts are left out.
    public init(to directory: String, withoutArtifacts: Bool = false, withoutKey: Bool = false, verify: Bool = false) {
        (self.directory, self.withoutArtifacts) = (directory, withoutArtifacts)
        (self.withoutKey, self.verify) = (withoutKey, verify)
    }

    /// The names that clean-ups, reclaims and repairs of everything have to themselves, together with other backups.
    ///
    /// The repair of one version may run: it removes damaged bytes alone, which are not saved anyway.
    public var locks: Locks { .shared(named: "orphans") + .shared(named: "reclaim_space") + .shared(named: "repair") }

    /// What is in the backup.
    public struct Output: Codable, Hashable, Sendable {
        /// The size of the copy of the database.
        public let databaseBytes: Int64
        /// How many artifacts there are.
        public let artifacts: Int
        /// How many bytes they have.
        public let bytes: Int64
        /// How many of them were copied just now.
        public let copied: Int
        /// How many bytes were copied just now, without the database.
        public let copiedBytes: Int64
        /// How many artifacts the store itself did not have; ``BackupManifest`` names them.
        public let missing: Int
        /// How many artifacts were damaged in the store; ``BackupManifest`` names them.
        public let damaged: Int
        /// How many chunks of unfinished uploads there are.
        public let chunks: Int
    }

    /// Makes the backup.
    /// - Throws: ``PulpError`` with `conflict` when the folder is that of something else, or another backup is being written into it.
    public func run(in context: TaskContext) async throws -> Output {
        let pulp = context.pulp
        guard directory.hasPrefix("/") else { throw PulpError(.invalid, "the folder \(directory) must be an absolute path") }
        guard let archiver = pulp.database.archiver else {
            throw PulpError(.invalid, "a database of the kind \(pulp.database.dialect.name) is saved by its own tools only")
        }
        let folder = try BackupFolder(making: directory)
        let lock = try folder.lock()
        defer { withExtendedLifetime(lock) {} }
        try folder.removeLeftovers()
        if !withoutKey { try copyKey(of: pulp, to: folder) }
        let progress = ProgressSink(context)
        let id = UUIDv7.make()
        let name = BackupManifest.databaseFile(id: id, kind: archiver.format)
        let file = try folder.makeFile(name)
        let manifest: BackupManifest
        var copy = ArtifactCopy.Result()
        do {
            let created = Timestamp.now
            await progress.report("backup.database", "Copy the database", done: 0, total: 1)
            try await archiver.write(to: file)
            let description = try await BackupFolder.describe(file)
            let database = BackupManifest.Database(
                kind: archiver.format, file: name, size: description.size, sha256: description.sha256.hex,
                layout: try await layout(of: pulp))
            await progress.report("backup.database", "Copy the database", done: 1, total: 1)
            // The lists of artifacts and chunks are those of a later moment than the copy: what was deleted since is no artifact.
            if !withoutArtifacts { copy = try await copyArtifacts(of: pulp, to: folder, progress) }
            let chunks = withoutArtifacts ? 0 : try await uploads(of: pulp, to: folder).run().count
            manifest = BackupManifest(
                id: id, created: created, database: database, artifacts: withoutArtifacts ? nil : .init(copy), chunks: chunks,
                hasKey: !withoutKey)
            // Whoever took this process for dead may have let deletions begin.
            if let fence = TaskFence.current { try await pulp.database.write { try fence.confirm(in: $0) } }
            try folder.finish(with: manifest)
        } catch {
            unlink(file)
            throw error
        }
        try folder.removeLeftovers()
        if !withoutArtifacts { try await removeStrays(of: pulp, in: folder) }
        return Output(
            databaseBytes: manifest.database.size, artifacts: copy.count, bytes: copy.bytes, copied: copy.copied,
            copiedBytes: copy.copiedBytes, missing: copy.missing.count, damaged: copy.damaged.count, chunks: manifest.chunks)
    }

    private func copyKey(of pulp: Pulp, to folder: BackupFolder) throws {
        do { try folder.key.copy(from: pulp.settings.secretKey) } catch let error as PulpError where error.code == .notFound {
            throw PulpError(
                .notFound, "\(error.message): without it nobody can read the secrets of the backup, unless it is kept elsewhere")
        }
    }

    private func layout(of pulp: Pulp) async throws -> Int {
        try await pulp.database.read { db in
            try db.value("SELECT COALESCE(MAX(number), 0) FROM migration WHERE family = 'core'", as: Int.self) ?? 0
        }
    }

    private func copyArtifacts(of pulp: Pulp, to folder: BackupFolder, _ progress: ProgressSink) async throws -> ArtifactCopy.Result {
        let (store, destination) = (pulp.store, try LocalArtifactStore(mediaRoot: folder.media))
        // What a killed backup had not named yet.
        _ = try await destination.sweepStaging(olderThan: .now)
        let copy = ArtifactCopy(
            database: pulp.database, destination: destination, verifiesPresent: verify, progress: progress
        ) { artifact in
            try await store.read(artifact.sha256, 0..<artifact.size)
        }
        return try await copy.run()
    }

    private func uploads(of pulp: Pulp, to folder: BackupFolder) throws -> UploadCopy {
        UploadCopy(uploads: pulp.uploads, source: pulp.store.chunks, destination: try LocalArtifactStore(mediaRoot: folder.media))
    }

    /// Removes what the backup before had and this one does not need; of artifacts, what no row speaks of any more.
    private func removeStrays(of pulp: Pulp, in folder: BackupFolder) async throws {
        let store = try LocalArtifactStore(mediaRoot: folder.media)
        _ = try await BlobDeletion(database: pulp.database, store: store).deleteStrays()
        _ = try await StrayChunks(database: pulp.database, chunks: store.chunks).delete()
    }
}

extension BackupManifest.Artifacts {
    init(_ copy: ArtifactCopy.Result) {
        self.init(
            count: copy.count, bytes: copy.bytes, missing: copy.missing.map(\.hex).sorted(), damaged: copy.damaged.map(\.hex).sorted())
    }
}
