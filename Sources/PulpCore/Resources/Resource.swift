/// A kind of thing that Pulp keeps and shows; everything else is derived from its ``schema``.
public protocol Resource: Sendable {
    /// The names, the fields and the table of the kind.
    static var schema: Schema<Self> { get }
    /// What can be done to things of the kind, and needs a permission of its own; nothing for most.
    static var operations: [KindOperation] { get }
    /// A value with every field at its default.
    init()
    /// Checks what several fields together must obey.
    /// - Throws: ``ValidationError`` with everything that is wrong.
    func validate() throws(ValidationError)
    /// Runs in the transaction that stores a resource, after its row is written.
    /// - Parameter previous: what the row held before; nil for a new one.
    static func didStore(_ record: Record<Self>, replacing previous: Record<Self>?, in db: any SQLConnection) throws
    /// Runs in the transaction that deletes a resource, before its row goes.
    static func willDelete(_ record: Record<Self>, in db: any SQLConnection) throws
}

extension Resource {
    /// Accepts every value.
    public func validate() throws(ValidationError) {}
    /// Does nothing.
    public static func didStore(_ record: Record<Self>, replacing previous: Record<Self>?, in db: any SQLConnection) throws {}
    /// Does nothing.
    public static func willDelete(_ record: Record<Self>, in db: any SQLConnection) throws {}
}

/// The table that a kind's rows live in, and the path under which the API lists it.
public enum ResourceTable: String, Sendable, Hashable, CaseIterable {
    case content, remote, repository, publication, distribution
    case contentGuard = "content_guard"
    case repositoryVersion = "repository_version"

    /// The first segment of the API path, and the noun of `pulpctl`.
    public var path: String {
        switch self {
        case .content: "content"
        case .remote: "remotes"
        case .repository: "repositories"
        case .publication: "publications"
        case .distribution: "distributions"
        case .contentGuard: "contentguards"
        case .repositoryVersion: "repository_versions"
        }
    }
}

/// What a resource is: its names, its fields, and where its rows live.
///
/// ```swift
/// static let schema = Schema<Self>(.remote, "file.file", model: "file.fileremote", path: "file/file", "A source of files.") {
///     Embed(\.remote, RemoteSettings.fields)
/// }
/// ```
public struct Schema<R: Sendable>: Sendable {
    /// The table that the rows of the kind are in.
    public let table: ResourceTable
    /// `plugin.kind`, Pulp's `pulp_type`.
    public let type: String
    /// `app.model` in lower case: the middle of a PRN.
    public let model: String
    /// The path below the table's: `file/file`.
    public let path: String
    /// One line of help.
    public let summary: String
    /// The fields, in the order of their declaration.
    public let fields: [Field<R>]

    /// Declares a kind.
    /// - Precondition: no two fields share a name.
    public init(
        _ table: ResourceTable, _ type: String, model: String, path: String, _ summary: String,
        @FieldBuilder<R> fields: () -> [Field<R>]
    ) {
        (self.table, self.type, self.model, self.path, self.summary) = (table, type, model, path, summary)
        self.fields = fields()
        let names = self.fields.map(\.name)
        precondition(Set(names).count == names.count, "the schema of \(type) names a field twice: \(names)")
    }

    /// A fresh identity for a row of this kind.
    public func makeID() -> ID<R> { ID(prn: "prn:\(model):\(UUIDv7.make())") }
}

/// A stored resource: its value, its identity and its dates.
@dynamicMemberLookup
public struct Record<R: Sendable>: Sendable {
    /// The identity, which never changes.
    public let id: ID<R>
    /// The row's key inside the database.
    public let key: Int64
    /// When the resource was stored first.
    public let created: Timestamp
    /// When a field of the resource changed last; at first, when it was stored.
    public let updated: Timestamp
    /// The fields; a change is stored with ``Pulp/update(_:)``.
    public var value: R

    /// A record as it stands in the database.
    public init(id: ID<R>, key: Int64, created: Timestamp, updated: Timestamp, value: R) {
        (self.id, self.key, self.created, self.updated, self.value) = (id, key, created, updated, value)
    }

    /// A property of the value.
    public subscript<Value>(dynamicMember path: KeyPath<R, Value>) -> Value { value[keyPath: path] }

    /// A property of the value; setting it changes this copy alone.
    public subscript<Value>(dynamicMember path: WritableKeyPath<R, Value>) -> Value {
        get { value[keyPath: path] }
        set { value[keyPath: path] = newValue }
    }
}
