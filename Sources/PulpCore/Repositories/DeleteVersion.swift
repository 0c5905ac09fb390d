/// Deletes a version; every other version holds afterwards what it held before.
public struct DeleteVersion: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.repository.delete_version"

    /// The repository whose version goes.
    public var repository: ID<Repository>
    /// The number of the version, which no later version gets.
    public var number: Int
    /// The repository, exclusively.
    public var locks: Locks { .exclusive(repository) }

    /// The deletion of a version; whether it exists is found out when the task runs.
    public init(_ number: Int, of repository: ID<some RepositoryKind>) {
        (self.repository, self.number) = (repository.cast(), number)
    }

    /// - Throws: ``PulpError`` with `versionDeletion` for a repository's only version, with `protected` for a version that
    ///   something serves.
    public func run(in context: TaskContext) async throws -> Empty {
        try await context.pulp.database.write { db in
            let row = try RepositoryRow.find(repository, in: db)
            let versions = try RepositoryVersion.list(where: "r.id = \(row.key)", in: db)
            guard let version = versions.first(where: { $0.number == number }) else {
                throw PulpError(.notFound, "the repository \(row.name) has no version \(number)")
            }
            guard versions.count > 1 else {
                throw PulpError(.versionDeletion, "version \(number) is the only one of \(row.name); delete the repository instead")
            }
            guard try !ProtectedVersions(repository: row.key).numbers(in: db).contains(number) else {
                throw PulpError(.protected, "version \(number) of \(row.name) is distributed; change the distribution first")
            }
            try VersionDeletion(version: version).run(in: db)
        }
        return Empty()
    }
}
