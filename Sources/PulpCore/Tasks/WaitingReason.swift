/// Why a task waits: a lock that it does not have, and who has it.
public struct WaitingReason: Sendable, Hashable {
    /// The PRN or name of the resource.
    public let resource: String
    /// Whether the task wants the resource for itself.
    public let exclusive: Bool
    /// Who has the resource now, the oldest first; at most ten.
    public let holders: [ID<TaskRecord>]
    /// How many tasks, holders included, precede this one and must end first.
    public let ahead: Int
}

extension TaskEngine {
    /// What a task waits for, in the order of the resources' names; nothing when it has all its locks, or has ended.
    /// - Throws: ``PulpError`` with `notFound` when there is no such task.
    public func reasons(for id: ID<TaskRecord>) async throws -> [WaitingReason] {
        try await database.read { db in
            guard let key = try db.value("SELECT id FROM task WHERE uuid = \(id.uuid)", as: Int64.self) else {
                throw PulpError(.notFound, "there is no task \(id)")
            }
            return try db.query(
                """
                SELECT l.resource, l.exclusive, (SELECT COUNT(*) FROM task_lock AS a
                    WHERE a.resource = l.resource AND a.id < l.id AND (a.exclusive = TRUE OR l.exclusive = TRUE))
                FROM task_lock AS l WHERE l.task = \(key) AND l.granted = FALSE ORDER BY l.resource
                """
            )
            .map { row in
                let resource: String = try row.get(0)
                let holders = try db.query(
                    """
                    SELECT t.uuid FROM task_lock AS h JOIN task AS t ON t.id = h.task
                    WHERE h.resource = \(resource) AND h.granted = TRUE ORDER BY h.id LIMIT 10
                    """)
                return WaitingReason(
                    resource: resource, exclusive: try row.get(1),
                    holders: try holders.map { TaskRecord.id(uuid: try $0.get(0)) }, ahead: try row.get(2))
            }
        }
    }
}
