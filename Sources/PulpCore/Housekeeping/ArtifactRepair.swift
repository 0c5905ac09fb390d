internal import NIOCore

/// Finds artifacts whose bytes are gone or damaged, and fetches them again from the remotes that had them.
///
/// Damaged bytes that no remote can replace are removed: they are served to nobody, and uploading or synchronizing the file again
/// brings it back. The rows stay.
struct ArtifactRepair: Sendable {
    static let batch = 1000
    /// How many are fetched at once.
    static let width = 5

    /// Fetches a file from the remote with this key; throws when that remote has other bytes.
    typealias Fetch = @Sendable (RemoteFile, Int64, any StagedArtifact) async throws -> ArtifactDescription

    let database: any Database
    let store: any ArtifactStore
    /// Whether to read all bytes, or just to look at sizes.
    let verifiesChecksums: Bool
    let allowed: Set<DigestAlgorithm>
    var progress = ProgressSink.none
    let fetch: Fetch

    /// What was found and done.
    struct Result: Codable, Hashable, Sendable {
        var missing = 0
        var corrupted = 0
        var repaired = 0
    }

    /// - Parameter version: the version whose artifacts to look at; nil for all artifacts.
    func run(_ version: RepositoryVersion?) async throws -> Result {
        var result = Result()
        var last: Int64 = 0
        while true {
            try Task.checkCancellation()
            let after = last
            let page = try await database.read { try $0.artifacts(of: version, after: after, limit: Self.batch) }
            guard let end = page.last else { break }
            last = end.key
            let damaged = try await damaged(page)
            result.missing += damaged.count { $0.damage == .missing }
            result.corrupted += damaged.count { $0.damage == .corrupted }
            result.repaired += try await repair(damaged)
            await report(result)
        }
        return result
    }

    private func report(_ result: Result) async {
        await progress.report("repair.missing", "Identify missing units", done: result.missing)
        await progress.report("repair.corrupted", "Identify corrupted units", done: result.corrupted)
        await progress.report("repair.repaired", "Repair corrupted units", done: result.repaired)
    }

    private struct Damaged: Sendable {
        let artifact: StoredArtifact
        let damage: BlobDamage
    }

    private func damaged(_ page: [StoredArtifact]) async throws -> [Damaged] {
        let sizes = try await store.sizes(of: page.map(\.description.sha256))
        var damaged: [Damaged] = []
        for artifact in page {
            let size = sizes[artifact.description.sha256]
            let damage = try await BlobDamage(of: artifact.description, storedSize: size, in: store, readingBytes: verifiesChecksums)
            if let damage { damaged.append(Damaged(artifact: artifact, damage: damage)) }
        }
        return damaged
    }

    private func repair(_ damaged: [Damaged]) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var repaired = 0
            for (index, item) in damaged.enumerated() {
                if index >= Self.width, try await group.next() == true { repaired += 1 }
                group.addTask { try await repair(item) }
            }
            for try await isRepaired in group where isRepaired { repaired += 1 }
            return repaired
        }
    }

    private func repair(_ item: Damaged) async throws -> Bool {
        for source in try await sources(of: item.artifact.key) {
            try Task.checkCancellation()
            let staged = try await store.stage(allowed)
            do {
                let file = RemoteFile(
                    url: source.url, size: item.artifact.description.size, digests: item.artifact.description.digests)
                let description = try await fetch(file, source.remote, staged)
                try description.verify(
                    size: item.artifact.description.size, digests: item.artifact.description.digests, of: source.url)
                try await store.commit([staged])
                return true
            } catch let error as PulpError where error.code != .storageFull {
                // This source is of no use; the next one may be.
                await staged.discard()
            } catch {
                await staged.discard()
                throw error
            }
        }
        if item.damage == .corrupted { try await store.delete(item.artifact.description.sha256) }
        return false
    }

    private func sources(of artifact: Int64) async throws -> [(url: String, remote: Int64)] {
        try await database.read { db in
            try db.query(
                """
                SELECT ra.url, ra.remote FROM remote_artifact ra JOIN content_artifact ca ON ca.id = ra.content_artifact
                WHERE ca.artifact = \(artifact) ORDER BY ra.failed_at IS NOT NULL, ra.id
                """
            ).map { (try $0.get(0), try $0.get(1)) }
        }
    }
}

/// What is wrong with the bytes of an artifact.
enum BlobDamage: Sendable, Hashable {
    case missing, corrupted

    /// Looks at an artifact's bytes; nil when they are in order.
    init?(of artifact: ArtifactDescription, storedSize: Int64?, in store: any ArtifactStore, readingBytes: Bool) async throws {
        guard let storedSize else {
            self = .missing
            return
        }
        guard storedSize == artifact.size else {
            self = .corrupted
            return
        }
        guard readingBytes else { return nil }
        guard let digest = try await Self.digest(of: artifact, in: store) else {
            self = .missing
            return
        }
        guard digest != artifact.sha256 else { return nil }
        self = .corrupted
    }

    /// - Returns: nil when the bytes went away meanwhile.
    private static func digest(of artifact: ArtifactDescription, in store: any ArtifactStore) async throws -> SHA256Digest? {
        do {
            let hasher = DigestHasher([.sha256])
            for try await chunk in try await store.read(artifact.sha256, 0..<artifact.size) {
                chunk.withUnsafeReadableBytes { hasher.update($0) }
            }
            return hasher.finish().sha256
        } catch let error as PulpError where error.code == .notFound {
            return nil
        }
    }
}
