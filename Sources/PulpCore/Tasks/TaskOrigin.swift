/// On whose behalf tasks are dispatched, as far as no task dispatches them.
///
/// ```swift
/// try await TaskOrigin.$current.withValue(TaskOrigin(correlationID: id, user: user.id)) { try await pulp.dispatch(task) }
/// ```
public struct TaskOrigin: Sendable, Hashable {
    /// What logs know the request by; nil for a new one.
    public var correlationID: String?
    /// Who asked; nil for nobody that is known.
    public var user: ID<User>?
    /// Whether the user is known to be an administrator, who needs no roles on what is made.
    public var isAdministrator: Bool

    /// On behalf of a request, of a user.
    public init(correlationID: String? = nil, user: ID<User>? = nil, isAdministrator: Bool = false) {
        (self.correlationID, self.user, self.isAdministrator) = (correlationID, user, isAdministrator)
    }

    /// The origin of what is dispatched within a call.
    @TaskLocal public static var current: TaskOrigin?

    /// The body of a transaction, which runs on a thread of the database, with the origin of who begins it.
    package static func carried<Value>(
        into body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) -> @Sendable (any SQLConnection) throws -> Value {
        guard let origin = current else { return body }
        return { db in try $current.withValue(origin) { try body(db) } }
    }
}
