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
            try add(keys: keys, in: db)
        }
    }

    /// Adds units that exist.
    /// - Throws: ``PulpError`` with `notFound` that names an id which is no unit's, with `overwrite` when a unit would take another's
    ///   place and the draft must not let it.
    public func add(_ ids: [ID<Content>]) async throws {
        try await pulp.database.write { db in
            try add(keys: try ContentRows.keys(of: ids, in: db), in: db)
        }
    }

    /// Removes units; those that the repository does not have are no error.
    public func remove(_ ids: [ID<Content>]) async throws {
        try await pulp.database.write { db in try editable(in: db).remove(try ContentRows.keys(of: ids, in: db), in: db) }
    }

    /// Removes everything.
    public func removeAll() async throws {
        try await pulp.database.write { db in try editable(in: db).removeAll(in: db) }
    }

    /// Makes the draft hold just what another version holds.
    public func reset(to base: RepositoryVersion) async throws {
        try await pulp.database.write { db in try editable(in: db).reset(to: base, in: db) }
    }

    /// What the draft holds, to be read.
    var membership: Membership { Membership(repository: repository.key, number: Int64(version.number)) }

    /// What the draft holds, to be changed in this transaction.
    /// - Throws: ``PulpError`` with `conflict` when the draft is gone: its task was declared dead, and its number may be another's.
    func editable(in db: any SQLConnection) throws -> Membership {
        let found = try db.execute("UPDATE repository_version SET updated = \(Timestamp.now) WHERE \(sql: isOpen)")
        guard found == 1 else { throw PulpError(.conflict, "version \(number) of \(repository.name) was taken away while it was made") }
        return membership
    }

    /// Leaves no trace of the draft, unless that has happened already.
    func abandon(in db: any SQLConnection) throws {
        let found = try db.execute("DELETE FROM repository_version WHERE \(sql: isOpen)")
        if found == 1 { try membership.abandon(in: db) }
    }

    /// True of the draft's row.
    ///
    /// SQLite gives the key of a row that is gone to another.
    private var isOpen: SQL { "id = \(version.key) AND uuid = \(version.id.uuid) AND NOT complete" }

    func add(keys: [Int64], in db: any SQLConnection) throws { try editable(in: db).add(keys, overwrite: overwrite, in: db) }
}
