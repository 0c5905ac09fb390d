extension TaskContext {
    /// Makes a repository's next version out of what a remote declares.
    ///
    /// Bytes are fetched now (`immediate`) or when a client asks for them. A mirroring sync removes what is not declared; else the
    /// repository only grows. When anything fails no version is made, and what was downloaded is kept for the next try.
    /// Memory does not grow with the repository.
    ///
    /// The task holds the repository's exclusive lock.
    /// - Parameter declared: what the remote has, in any order; one unit per repository key.
    /// - Returns: the new version; nil when nothing changed.
    public func synchronize<Unit: ContentUnit, R: RepositoryKind, Kind: RemoteKind, Declared: AsyncSequence & Sendable>(
        _ repository: Record<R>, with declared: Declared, from remote: Record<Kind>, mirror: Bool
    ) async throws -> RepositoryVersion? where Declared.Element == DeclaredUnit<Unit> {
        let version = try await pulp.newVersion(of: repository.id) { draft in
            let startsEmpty = try await pulp.database.read { db in
                try db.first("SELECT 1 FROM repository_content rc WHERE \(sql: draft.membership.isPresent("rc")) LIMIT 1") == nil
            }
            let synchronizer = Synchronizer<Unit>(
                context: self, draft: draft, remote: remote.value.remote, remoteKey: remote.key, mirror: mirror, startsEmpty: startsEmpty)
            try await synchronizer.run(declared)
        }
        if let version { try await created(version.id) }
        return version
    }
}

extension Pulp {
    /// What the last successful sync of a repository noted, for the next one to see whether anything changed.
    public func lastSync<Note: Decodable, R>(of repository: ID<R>, as type: Note.Type = Note.self) async throws -> Note? {
        let note = try await database.read { db in
            try db.value("SELECT last_sync FROM repository WHERE prn = \(repository)", as: JSON?.self) ?? nil
        }
        // A note of another form, from another release, is no note.
        return note.flatMap { try? $0.decode() }
    }

    /// Notes what the next sync of a repository compares with.
    public func noteSync<R>(of repository: ID<R>, _ note: some Encodable & Sendable) async throws {
        let json = try JSON(encoding: note)
        _ = try await database.write { db in
            try db.execute("UPDATE repository SET last_sync = \(json) WHERE prn = \(repository)")
        }
    }
}
