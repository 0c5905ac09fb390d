/// One immutable state of a repository: a set of units, under a number that is never used again.
public struct RepositoryVersion: Sendable, Hashable, Codable {
    public let id: ID<RepositoryVersion>
    public let repository: ID<Repository>
    public let number: Int
    /// The rows' keys inside the database.
    let key: Int64
    let repositoryKey: Int64

    /// The identity of the version row with this UUID.
    static func id(uuid: String) -> ID<RepositoryVersion> { ID(prn: "prn:core.repositoryversion:\(uuid)") }
}

extension RepositoryVersion: Referable {
    public static let table = ResourceTable.repositoryVersion
}
