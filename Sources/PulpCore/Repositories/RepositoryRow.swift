/// What the core reads of a repository of any kind.
struct RepositoryRow: Sendable {
    let key: Int64
    let id: ID<Repository>
    let type: String
    let name: String
    let nextVersion: Int64
    let retainRepoVersions: Int?
    let retainCheckpoints: Int?

    /// - Throws: ``PulpError`` with `notFound` when there is none.
    static func find(_ id: ID<Repository>, in db: any SQLConnection) throws -> RepositoryRow {
        let row = try db.first(
            """
            SELECT id, prn, type, name, next_version, retain_repo_versions, retain_checkpoints FROM repository WHERE prn = \(id)
            """)
        guard let row else { throw PulpError(.notFound, "there is no repository \(id)") }
        return RepositoryRow(
            key: try row.get(0), id: ID(prn: try row.get(1)), type: try row.get(2), name: try row.get(3),
            nextVersion: try row.get(4), retainRepoVersions: try row.get(5), retainCheckpoints: try row.get(6))
    }
}
