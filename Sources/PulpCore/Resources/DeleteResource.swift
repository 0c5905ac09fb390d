/// Deletes a remote, a repository, a publication or a distribution, once nobody uses it.
public struct DeleteResource: TaskDefinition {
    /// Pulp's own name for the task.
    public static let name = "pulpcore.app.tasks.base.general_delete"
    /// It is one transaction.
    public static let isImmediate = true

    /// The PRN of what is to be deleted, held exclusively while the task runs.
    public var prn: String
    /// What is to be deleted, exclusively.
    public var locks: Locks { Locks(exclusive: [prn]) }

    /// The deletion of one resource; whether it exists is found out when the task runs.
    public init<R: Resource>(_ id: ID<R>) { prn = id.prn }

    /// - Throws: ``PulpError`` with `notFound` when there is none.
    public func run(in context: TaskContext) async throws -> Empty {
        try await delete(try context.pulp.kind(ofPRN: prn), context.pulp)
        return Empty()
    }

    private func delete<R: Resource>(_ kind: R.Type, _ pulp: Pulp) async throws {
        let deleted = try await pulp.database.write { db in try pulp.resources.delete(ID<R>(prn: prn), in: db) }
        guard deleted else { throw PulpError(.notFound, "there is no \(prn)") }
    }
}
