extension Pulp {
    /// Makes a repository's next version: opens a draft on the latest one, lets a body change it, and seals it.
    ///
    /// Removals and additions count in the order that the body makes them. When the body throws, nothing of the draft remains, and
    /// the latest version stays what it was. After sealing, versions beyond `retain_repo_versions` go.
    ///
    /// The caller holds the repository's exclusive lock: it runs in a task that asks for it.
    /// - Parameters:
    ///   - base: a version whose units the draft begins with, instead of the latest version's.
    ///   - overwrite: whether an added unit may take the place of one with the same repository key.
    /// - Returns: the new version; nil when the draft ended up equal to the latest one.
    public nonisolated(nonsending) func newVersion<R>(
        of repository: ID<R>, basedOn base: RepositoryVersion? = nil, overwrite: Bool = true,
        _ body: nonisolated(nonsending) (VersionDraft) async throws -> Void
    ) async throws -> RepositoryVersion? {
        let draft = try await openDraft(of: repository.cast(), basedOn: base, overwrite: overwrite)
        do {
            if let base { try await draft.reset(to: base) }
            try await body(draft)
            try Task.checkCancellation()
            return try await seal(draft)
        } catch {
            try await abandon(draft)
            throw error
        }
    }

    private func openDraft(
        of repository: ID<Repository>, basedOn base: RepositoryVersion?, overwrite: Bool
    ) async throws -> VersionDraft {
        let (row, version) = try await database.write { db -> (RepositoryRow, RepositoryVersion) in
            let row = try RepositoryRow.find(repository, in: db)
            try VersionSweep(repository: row.key).run(in: db)
            let uuid = UUIDv7.make()
            let now = Timestamp.now
            try db.execute(
                """
                INSERT INTO repository_version (uuid, repository, number, complete, created, updated, base)
                VALUES (\(uuid), \(row.key), \(row.nextVersion), FALSE, \(now), \(now), \((base?.key).sql))
                """)
            guard let key = try db.value("SELECT id FROM repository_version WHERE uuid = \(uuid)", as: Int64.self) else {
                throw PulpError(.internal, "a version vanished while it was made")
            }
            let version = RepositoryVersion(
                id: ID(prn: "prn:core.repositoryversion:\(uuid)"), repository: row.id, number: Int(row.nextVersion), created: now,
                key: key, repositoryKey: row.key)
            return (row, version)
        }
        return VersionDraft(pulp: self, repository: row, version: version, overwrite: overwrite)
    }

    private func seal(_ draft: VersionDraft) async throws -> RepositoryVersion? {
        let fence = TaskFence.current
        let kind = plugins.lazy.flatMap(\.repositories).first { $0.typeName == draft.repository.type }
        let seal = VersionSeal(
            repository: draft.repository, version: draft.version, types: kind.map { Set($0.contents.map { $0.typeName }) })
        return try await database.write { db in
            try fence?.confirm(in: db)
            _ = try draft.editable(in: db)
            guard try seal.run(in: db) else { return nil }
            try VersionRetention(repository: draft.repository).run(in: db)
            return draft.version
        }
    }

    private func abandon(_ draft: VersionDraft) async throws {
        // A canceled task must still leave nothing behind.
        try await Task { try await database.write { db in try draft.abandon(in: db) } }.value
    }
}

/// Removes what drafts left that were never sealed.
struct VersionSweep: Sendable {
    let repository: Int64

    /// Sweeps for tasks that end without having sealed what they made, as long as they have their locks: the repositories that each
    /// of them has to itself.
    @Sendable static func afterTasks(_ db: any SQLConnection, _ tasks: [Int64]) throws {
        let repositories = try db.query(
            """
            SELECT DISTINCT r.id FROM task_lock l JOIN repository r ON r.prn = l.resource
            JOIN repository_version v ON v.repository = r.id
            WHERE l.task \(in: tasks) AND l.exclusive AND l.granted AND NOT v.complete
            """)
        for repository in repositories { try VersionSweep(repository: try repository.get(0)).run(in: db) }
    }

    func run(in db: any SQLConnection) throws {
        let drafts = try db.query("SELECT id, number FROM repository_version WHERE repository = \(repository) AND NOT complete")
        for draft in drafts {
            try Membership(repository: repository, number: try draft.get(1)).abandon(in: db)
            try db.execute("DELETE FROM repository_version WHERE id = \(try draft.get(0, as: Int64.self))")
        }
    }
}
