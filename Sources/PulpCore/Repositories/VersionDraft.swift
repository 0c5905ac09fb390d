/// A repository's next version while it is made: nobody sees it before it is sealed, and a crash leaves nothing to see.
///
/// Works in batches of any size; each call is one transaction and a fixed number of statements.
public struct VersionDraft: Sendable {
    let pulp: Pulp
    let repository: RepositoryRow
    /// The row of the version to be.
    let version: RepositoryVersion
    private let overwrite: Bool

    init(pulp: Pulp, repository: RepositoryRow, version: RepositoryVersion, overwrite: Bool) {
        (self.pulp, self.repository, self.version, self.overwrite) = (pulp, repository, version, overwrite)
    }

    /// The number that the version will have.
    public var number: Int { version.number }

    /// Adds units of one kind, which are made where they do not exist yet, without files.
    public func add<Unit: ContentUnit>(_ units: [Unit]) async throws {
        try await pulp.database.write { db in
            let keys = try ContentTable<Unit>().getOrCreate(units, at: .now, in: db)
            try membership.add(keys, overwrite: overwrite, in: db)
        }
    }

    /// Adds units that exist.
    /// - Throws: ``PulpError`` with `notFound` that names an id which is no unit's, with `overwrite` when a unit would take another's
    ///   place and the draft must not let it.
    public func add(_ ids: [ID<Content>]) async throws {
        try await pulp.database.write { db in
            try membership.add(try ContentRows.keys(of: ids, in: db), overwrite: overwrite, in: db)
        }
    }

    /// Removes units; those that the repository does not have are no error.
    public func remove(_ ids: [ID<Content>]) async throws {
        try await pulp.database.write { db in try membership.remove(try ContentRows.keys(of: ids, in: db), in: db) }
    }

    /// Removes everything.
    public func removeAll() async throws {
        try await pulp.database.write { db in try membership.removeAll(in: db) }
    }

    /// Makes the draft hold just what another version holds.
    public func reset(to base: RepositoryVersion) async throws {
        try await pulp.database.write { db in try membership.reset(to: base, in: db) }
    }

    var membership: Membership { Membership(repository: repository.key, number: Int64(version.number)) }

    func add(keys: [Int64], in db: any SQLConnection) throws { try membership.add(keys, overwrite: overwrite, in: db) }
}
