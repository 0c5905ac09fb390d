/// Brings a draft in line with what a remote declares, in batches: look up, download, store, save and associate.
///
/// While one batch is saved the next one is fetched; no more than two are in memory, however large the repository.
struct Synchronizer<Unit: ContentUnit>: Sendable {
    let context: TaskContext
    let draft: VersionDraft
    let remote: RemoteSettings
    /// The key of the remote's row.
    let remoteKey: Int64
    let mirror: Bool
    /// Whether the repository held nothing before: the draft then holds just what is declared, and needs no second record of it.
    let startsEmpty: Bool
    private let downloads: DownloadProgress

    init(
        context: TaskContext, draft: VersionDraft, remote: RemoteSettings, remoteKey: Int64, mirror: Bool, startsEmpty: Bool
    ) {
        (self.context, self.draft, self.remote, self.remoteKey) = (context, draft, remote, remoteKey)
        (self.mirror, self.startsEmpty) = (mirror, startsEmpty)
        downloads = DownloadProgress(context)
    }

    private let batchSize = 1000
    /// How often a batch is fetched, should somebody delete each time what nothing refers to yet.
    private static var attempts: Int { 4 }
    private var pulp: Pulp { context.pulp }

    func run<Declared: AsyncSequence & Sendable>(_ declared: Declared) async throws where Declared.Element == DeclaredUnit<Unit> {
        var waiting: Fetched?
        var done = 0
        var batch: [DeclaredUnit<Unit>] = []
        var iterator = declared.makeAsyncIterator()
        var ended = false
        while !ended {
            try Task.checkCancellation()
            if let next = try await iterator.next() { batch.append(next) } else { ended = true }
            guard batch.count == batchSize || (ended && !batch.isEmpty) else { continue }
            let units = batch
            batch.removeAll(keepingCapacity: true)
            done += units.count
            let previous = waiting
            async let saved: Void = save(previous)
            if ended { downloads.expectNoMore() }
            let fetched = try await fetch(units)
            try await saved
            waiting = fetched
            await context.progress("associating.content", "Associating Content", done: done)
        }
        try await save(waiting)
        try await finish()
    }

    /// A batch whose bytes are in the store, as far as they are fetched now.
    private struct Fetched: Sendable {
        var units: [DeclaredUnit<Unit>]
        /// The key of the artifact's row of each file of each unit, in order.
        var artifacts: [Int64?]
    }

    private func fetch(_ units: [DeclaredUnit<Unit>]) async throws -> Fetched {
        let files = units.flatMap(\.files)
        for file in files {
            try file.digests.checkTrusted(
                pulp.settings.allowedContentChecksums, isRequired: remote.policy != .immediate, of: file.relativePath.description)
        }
        let claims = files.map { ArtifactClaim(size: $0.size, digests: $0.digests) }
        var artifacts = try await pulp.database.write { db in try db.findArtifacts(claims, at: .now).map { $0?.key } }
        guard remote.policy == .immediate else { return Fetched(units: units, artifacts: artifacts) }
        let missing = files.indices.filter { artifacts[$0] == nil }
        let fetched = try await FileFetch(context: context, remote: remote, progress: downloads).run(missing.map { files[$0] })
        for (index, key) in zip(missing, fetched) { artifacts[index] = key }
        return Fetched(units: units, artifacts: artifacts)
    }

    /// Saves a batch; what an orphan cleanup has taken away since it was fetched is fetched again.
    private func save(_ batch: Fetched?) async throws {
        guard var batch else { return }
        for attempt in 1... {
            do { return try await record(batch) } catch let error as DatabaseError
                where error.code == .foreignKeyViolation && attempt < Self.attempts
            {
                batch = try await fetch(batch.units)
            }
        }
    }

    /// One transaction for a whole batch.
    private func record(_ batch: Fetched) async throws {
        try await pulp.database.write { db in
            let keys = try ContentTable<Unit>().getOrCreate(batch.units.map(\.unit), at: .now, in: db)
            try saveFiles(batch, keys: keys, in: db)
            try draft.editable(in: db).add(keys, overwrite: true, duplicates: .refused, in: db)
            if !startsEmpty { try DeclaredContent(version: draft.version.key).insert(keys, in: db) }
        }
    }

    private func saveFiles(_ batch: Fetched, keys: [Int64], in db: any SQLConnection) throws {
        var files: [ContentFile] = []
        var declared: [DeclaredFile] = []
        for (unit, key) in zip(batch.units, keys) {
            for file in unit.files {
                files.append(ContentFile(content: key, relativePath: file.relativePath, artifact: batch.artifacts[files.count]))
                declared.append(file)
            }
        }
        let rows = try ContentFiles.getOrCreate(files, in: db)
        let sources = zip(rows, declared).map { row, file in
            RemoteSource(contentArtifact: row, url: file.url, size: file.size, digests: file.digests)
        }
        try ContentFiles.record(sources, remote: remoteKey, in: db)
    }

    private func finish() async throws {
        guard !startsEmpty else { return }
        try await pulp.database.write { db in
            let declared = DeclaredContent(version: draft.version.key)
            try declared.refuseDuplicates(in: db)
            if mirror { try draft.editable(in: db).remove(try declared.undeclared(in: draft.membership, db), in: db) }
            try declared.clear(in: db)
        }
    }
}

/// What a sync has declared so far, where the membership alone cannot tell.
struct DeclaredContent: Sendable {
    /// The key of the draft's row.
    let version: Int64

    func insert(_ keys: [Int64], in db: any SQLConnection) throws {
        var rows = SQLRows([("content", .integer)])
        for key in keys { rows.append([.integer(key)]) }
        try db.execute(
            """
            INSERT INTO declared_content (version, content)
            SELECT CAST(\(version) AS BIGINT), r.content FROM \(rows: rows, as: "r") WHERE TRUE ON CONFLICT (version, content) DO NOTHING
            """)
    }

    /// - Throws: ``PulpError`` with `duplicateContent` when two different units were declared under one repository key.
    func refuseDuplicates(in db: any SQLConnection) throws {
        let duplicate = try db.first(
            """
            SELECT c.type, c.repository_key FROM declared_content d JOIN content c ON c.id = d.content
            WHERE d.version = \(version) GROUP BY c.type, c.repository_key HAVING COUNT(*) > 1 LIMIT 1
            """)
        if let duplicate { throw Membership.duplicateError(type: try duplicate.get(0), key: try duplicate.get(1)) }
    }

    func undeclared(in membership: Membership, _ db: any SQLConnection) throws -> [Int64] {
        try db.query(
            """
            SELECT rc.content FROM repository_content rc WHERE \(sql: membership.isPresent("rc")) AND NOT EXISTS (
                SELECT 1 FROM declared_content d WHERE d.version = \(version) AND d.content = rc.content)
            """
        ).map { try $0.get(0) }
    }

    func clear(in db: any SQLConnection) throws {
        try db.execute("DELETE FROM declared_content WHERE version = \(version)")
    }
}
