/// Any kind of remote, seen through what all of them know.
public struct Remote: Referable {
    public static let table = ResourceTable.remote
}

/// A plugin's kind of remote.
public protocol RemoteKind: Resource, Referable {
    var remote: RemoteSettings { get set }
}

extension RemoteKind {
    public static var table: ResourceTable { .remote }
    public func validate() throws(ValidationError) { try remote.validate() }
}
