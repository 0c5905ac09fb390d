/// What can be done to things of a kind besides adding, viewing, changing and deleting them, and needs a permission of its own.
///
/// ```swift
/// static var operations: [KindOperation] { [KindOperation("download", role: "downloader")] }
/// ```
public struct KindOperation: Sendable, Hashable {
    /// The first part of the permission: `sync` of `file.sync_filerepository`.
    public let verb: String
    /// What follows the model in the permission; nothing for almost all.
    public let suffix: String
    /// The actions of the API on a thing of the kind that need the permission.
    public let actions: [String]
    /// The actions of the API on the versions of a repository that need the permission.
    public let versionActions: [String]
    /// The end of the name of a locked role with this permission alone; nil when it is one of the owner's.
    public let role: String?

    /// An operation; it is the owner's unless a role is named.
    public init(_ verb: String, suffix: String = "", actions: [String] = [], versionActions: [String] = [], role: String? = nil) {
        (self.verb, self.suffix, self.actions, self.versionActions, self.role) = (verb, suffix, actions, versionActions, role)
    }

    /// The permission for things of a model, `app.model`.
    public func permission(on model: String) -> Permission { Permission(verb, on: model + suffix) }
}

extension Resource {
    /// None.
    public static var operations: [KindOperation] { [] }
}

extension RepositoryKind {
    /// To add and remove content, to synchronise, and to repair versions.
    public static var operations: [KindOperation] { repositoryOperations() }

    /// The operations of a repository.
    /// - Parameter modify: the verb for adding and removing content.
    public static func repositoryOperations(modify: String = "modify") -> [KindOperation] {
        [
            KindOperation(modify, actions: ["modify"]), KindOperation("sync", actions: ["sync"]),
            KindOperation("repair", versionActions: ["repair"]),
        ]
    }
}
