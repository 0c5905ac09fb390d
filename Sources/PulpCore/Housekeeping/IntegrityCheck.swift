internal import Synchronization

/// Reads the whole store and names everything that must not be.
///
/// Changes nothing, and may run beside everything else. The database is asked in set-based statements, one snapshot each;
/// artifacts and blobs are compared in batches, so memory does not grow with the store.
public struct IntegrityCheck: Sendable {
    let database: any Database
    let store: any ArtifactStore
    /// The kinds of content, and the table of each.
    let tables: [KindTable]
    /// Whether to read all bytes and compare their digests.
    public var verifiesChecksums = false
    var progress = ProgressSink.none

    init(database: any Database, store: any ArtifactStore, tables: [KindTable] = []) {
        (self.database, self.store, self.tables) = (database, store, tables)
    }

    /// Checks everything.
    /// - Parameter report: called once for each violation, as it is found.
    /// - Returns: the number of violations.
    @discardableResult
    public func run(_ report: @escaping @Sendable (Violation) -> Void) async throws -> Int {
        let count = Mutex(0)
        let found: @Sendable (Violation) -> Void = { violation in
            count.withLock { $0 += 1 }
            report(violation)
        }
        try await checkArtifacts(found)
        try await checkBlobs(found)
        try await checkUploads(found)
        for path in try await store.abandonedFiles() { found(.abandonedFile(path: path)) }
        for (index, check) in checks.enumerated() {
            try Task.checkCancellation()
            // Most checks pair rows: a database that has not counted them yet would pair all with all.
            try await database.read { db in
                try db.preferIndexes()
                try check(db, found)
            }
            await progress.report("fsck.catalogue", "Check the catalogue", done: index + 1, total: checks.count)
        }
        try await checkWorkers(found)
        return count.withLock { $0 }
    }

    /// All violations, for callers that expect few.
    public func violations() async throws -> [Violation] {
        let all = Mutex<[Violation]>([])
        try await run { violation in all.withLock { $0.append(violation) } }
        return all.withLock { $0 }
    }

    /// A question to the database.
    typealias Check = @Sendable (any SQLConnection, (Violation) -> Void) throws -> Void

    private var checks: [Check] {
        [
            contentWithoutFields, filesWithoutSource, duplicateRepositoryKeys, memberships, pathConflicts, counts,
            unfinished, numbers, basePaths, locks,
        ]
    }

    private func checkArtifacts(_ found: @Sendable (Violation) -> Void) async throws {
        var (last, done): (Int64, Int) = (0, 0)
        while true {
            try Task.checkCancellation()
            let after = last
            let page = try await database.read { try $0.artifacts(after: after, limit: OrphanSweep.batch) }
            guard let end = page.last else { return }
            last = end.key
            let sizes = try await store.sizes(of: page.map(\.description.sha256))
            var missing: [SHA256Digest] = []
            for artifact in page.map(\.description) {
                let size = sizes[artifact.sha256]
                switch try await BlobDamage(of: artifact, storedSize: size, in: store, readingBytes: verifiesChecksums) {
                case .missing: missing.append(artifact.sha256)
                case .corrupted where size == artifact.size: found(.blobOfWrongDigest(artifact.sha256))
                case .corrupted: found(.blobOfWrongSize(artifact.sha256, expected: artifact.size, found: size ?? 0))
                case nil: break
                }
            }
            // An orphan cleanup may have deleted the row since.
            let rows = try await BlobDeletion(database: database, store: store).withRow(missing)
            for digest in missing where rows.contains(digest) { found(.artifactWithoutBlob(digest)) }
            done += page.count
            await progress.report("fsck.artifacts", "Check artifacts", done: done)
        }
    }

    private func checkBlobs(_ found: @escaping @Sendable (Violation) -> Void) async throws {
        let deletion = BlobDeletion(database: database, store: store)
        try await deletion.eachBatchOfStrays { strays in
            // Asked for a deletion that spares all: at that moment no commit is between its bytes and its rows.
            try await store.delete(strays) { candidates in
                let rows = try await deletion.withRow(candidates)
                for digest in candidates where !rows.contains(digest) { found(.blobWithoutArtifact(digest)) }
                return Set(candidates)
            }
        }
    }
}

/// Where the fields of one kind of content are.
struct KindTable: Sendable {
    let type: String
    let table: String

    init(type: String, table: String) { (self.type, self.table) = (type, table) }

    init<Unit: ContentUnit>(_ unit: Unit.Type) { self.init(type: unit.schema.type, table: ContentTable<Unit>.name) }
}

extension Pulp {
    /// A check of the whole store.
    public var integrityCheck: IntegrityCheck {
        var tables: [KindTable] = []
        for content in plugins.flatMap(\.contents) { tables.append(KindTable(content)) }
        return IntegrityCheck(database: database, store: store, tables: tables)
    }
}
