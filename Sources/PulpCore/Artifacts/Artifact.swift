/// Bytes that Pulp keeps, known by their SHA-256; stored once, however many units they belong to.
public struct Artifact: Sendable, Hashable, Identifiable {
    /// The artifact's identity, which has nothing to do with its digests.
    public let id: ID<Artifact>
    /// The row's key inside the database.
    public let key: Int64
    /// In bytes.
    public let size: Int64
    /// SHA-256 always; the others that the configuration allowed when the artifact came.
    public let digests: Digests
    /// When the bytes came first.
    public let created: Timestamp

    static func id(uuid: String) -> ID<Artifact> { ID(prn: "prn:core.artifact:\(uuid)") }

    static let columns = ArtifactColumns.all + ", uuid, created"

    init(_ row: Row) throws {
        let stored = try ArtifactColumns.read(row)
        (key, size, digests) = (stored.key, stored.description.size, stored.description.digests)
        id = Self.id(uuid: try row.get("uuid"))
        created = try row.get("created")
    }

    /// Artifacts with some keys, by these.
    package static func list(_ keys: [Int64], in db: any SQLConnection) throws -> [Int64: Artifact] {
        let artifacts = try db.query("SELECT \(raw: columns) FROM artifact WHERE id \(in: keys)").map(Artifact.init)
        return Dictionary(artifacts.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The artifact's name in the store.
    public var sha256: SHA256Digest { ArtifactDescription(size: size, digests: digests).sha256 }
}
