/// Any kind of remote, seen through what all of them know.
public struct Remote: Referable {
    /// The table of remotes.
    public static let table = ResourceTable.remote
}

/// A plugin's kind of remote.
public protocol RemoteKind: Resource, Referable {
    /// What the kind shares with all others.
    var remote: RemoteSettings { get set }
}

extension RemoteKind {
    /// The table of remotes.
    public static var table: ResourceTable { .remote }
    /// Checks what several settings together must obey, as ``RemoteSettings/validate()`` does.
    public func validate() throws(ValidationError) { try remote.validate() }
}
