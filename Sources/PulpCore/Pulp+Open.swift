internal import Foundation

extension Pulp {
    /// Opens the store in a folder, with SQLite and local files; makes it when there is none.
    ///
    /// ```swift
    /// let pulp = try await Pulp(at: "./pulp-data", plugins: [.file])
    /// ```
    /// - Throws: ``PulpError`` with `systemState` when the folder cannot be used, or holds the store of a newer release.
    public init(at directory: String, plugins: [Plugin]) async throws {
        try await self.init(settings: Settings(dataDirectory: directory), plugins: plugins)
    }

    /// Opens a store with the given settings.
    /// - Parameter database: where rows are kept; nil for SQLite inside the data directory.
    public init(settings: Settings, database: (any Database)? = nil, plugins: [Plugin]) async throws {
        let directory = settings.dataDirectory
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw PulpError(.systemState, "cannot make the data directory \(directory): \(error.localizedDescription)")
        }
        let store = try LocalArtifactStore(mediaRoot: settings.mediaRoot ?? directory + "/media")
        // What killed processes left; what others are writing now stays.
        _ = try await store.sweepStaging(olderThan: .now - .seconds(7 * 86_400))
        try await self.init(
            settings: settings, database: try database ?? SQLiteDatabase(path: directory + "/pulp.sqlite"), store: store, plugins: plugins)
    }

    /// Opens a store of the given parts, and brings its database to the layout of this release.
    public init(settings: Settings, database: any Database, store: any ArtifactStore, plugins: [Plugin]) async throws {
        try Plugin.validate(plugins)
        try await database.migrate(Migrations.core, family: "core")
        for content in plugins.flatMap(\.contents) { try await Self.migrate(content, database) }
        let box = try await settings.secretKey.box(for: database, logger: settings.logger)
        let rules = AccessRules(plugins: plugins)
        try await rules.store(in: database)
        let resources = Resources(box: box, allowedImportPaths: settings.allowedImportPaths, rules: rules)
        let downloader = Downloader(settings: settings)
        self.settings = settings
        self.database = database
        self.store = store
        self.plugins = plugins
        self.downloader = downloader
        downloads = SharedDownloads(store: store, downloader: downloader, algorithms: settings.allowedContentChecksums)
        self.resources = resources
        tasks = TaskEngine(
            database: database, settings: settings, box: box,
            definitions: Self.definitions + plugins.flatMap(\.tasks)
                + (settings.testTasks ? [DummyTask.self, SleepTask.self] : []),
            onTaskAborted: [VersionSweep.afterTasks], onTaskCreated: [{ try rules.didCreateTask(in: $0, $1, by: $2) }])
        let remotes = plugins.flatMap(\.remotes)
        serving = Serving(
            database: database, store: store, downloader: downloader, settings: settings,
            distributions: plugins.flatMap(\.distributions),
            access: ContentAccess(
                database: database, kinds: Self.ownContentGuards + plugins.flatMap(\.contentGuards), resources: resources),
            remoteSettings: { key in
                try await database.read { db in try resources.remoteSettings(key: key, kinds: remotes, in: db) }
            })
    }

    /// The tasks that the core itself brings.
    private static var definitions: [any TaskDefinition.Type] {
        [
            ModifyRepository.self, DeleteVersion.self, CreateResource.self, UpdateResource.self, DeleteResource.self, CreateContent.self,
            OrphanCleanup.self, UploadCleanup.self,
            CommitUpload.self, PurgeTasks.self, ReclaimSpace.self, RepairAllArtifacts.self, RepairVersion.self, Backup.self,
        ]
    }

    private static func migrate<Unit: ContentUnit>(_ unit: Unit.Type, _ database: any Database) async throws {
        try await database.migrate([ContentTable<Unit>.migration], family: "content " + Unit.schema.type)
    }

    /// Ends connections and background work; nothing of this value is to be used afterwards.
    public func close() async throws {
        await tasks.close()
        await serving.shutdown()
        try await downloader.shutdown()
        try await database.close()
    }
}

extension Plugin {
    /// Every kind of resource that the plugin brings.
    var allKinds: [any Resource.Type] {
        var kinds: [any Resource.Type] = contents
        kinds += remotes as [any Resource.Type]
        kinds += repositories as [any Resource.Type]
        kinds += publications as [any Resource.Type]
        kinds += distributions as [any Resource.Type]
        kinds += contentGuards as [any Resource.Type]
        return kinds
    }

    /// Finds nonsense in what plugins declare, where it can still be told from a user's mistake.
    /// - Throws: ``PulpError`` with `systemState`, which names the type, the model or the field that does not fit.
    static func validate(_ plugins: [Plugin]) throws {
        for plugin in plugins {
            for kind in plugin.allKinds {
                let type = kind.typeName
                if type.hasPrefix(plugin.name + ".") { continue }
                throw PulpError(.systemState, "the plugin \(plugin.name) declares the type \(type), which is not its own")
            }
        }
        for content in plugins.flatMap(\.contents) {
            for name in content.fieldNames where !isColumnName(name) {
                throw PulpError(.systemState, "\(content.typeName) has a field \"\(name)\", which cannot be a column's name")
            }
        }
        var models = Set(Pulp.ownKinds.map { $0.modelName })
        for kind in plugins.flatMap(\.allKinds) {
            let model = kind.modelName
            if models.insert(model).inserted { continue }
            throw PulpError(.systemState, "two kinds claim the model \(model)")
        }
    }

    /// Small letters, digits and lines, and not what the tables of units call their own; words of SQL would need quotes.
    static func isColumnName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
        return isPlain && name.utf8.first.map { $0 >= 0x61 } == true && !reserved.contains(name)
    }

    private static let reserved: Set<String> = [
        "content", "all", "and", "as", "case", "check", "column", "default", "desc", "distinct", "end", "from", "group", "in", "index",
        "limit", "not", "null", "offset", "on", "or", "order", "primary", "references", "select", "table", "to", "union", "unique",
        "user", "using", "values", "when", "where",
    ]
}

extension Resources {
    /// The settings of the remote in a row, whatever its kind.
    /// - Throws: ``PulpError`` with `notFound` when there is no such row, or no plugin knows its kind.
    func remoteSettings(key: Int64, kinds: [any RemoteKind.Type], in db: any SQLConnection) throws -> RemoteSettings {
        guard let type = try db.value("SELECT type FROM remote WHERE id = \(key)", as: String.self) else {
            throw PulpError(.notFound, "the remote was deleted")
        }
        guard let kind = kinds.first(where: { $0.typeName == type }), let settings = try settings(of: kind, key: key, in: db) else {
            throw PulpError(.notFound, "no plugin knows remotes of type \(type)")
        }
        return settings
    }

    private func settings<R: RemoteKind>(of kind: R.Type, key: Int64, in db: any SQLConnection) throws -> RemoteSettings? {
        try find(kind, key: key, in: db)?.value.remote
    }
}

extension Pulp {
    /// The settings of the remote in a row, secrets included.
    public func remoteSettings(forKey key: Int64) async throws -> RemoteSettings {
        let kinds = plugins.flatMap(\.remotes)
        return try await database.read { db in try resources.remoteSettings(key: key, kinds: kinds, in: db) }
    }
}
