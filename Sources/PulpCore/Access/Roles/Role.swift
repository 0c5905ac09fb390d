/// Permissions under one name, to be given to users and groups.
public struct Role: Sendable, Hashable {
    /// What the database refers to the role by.
    public internal(set) var key: Int64 = 0
    /// `prn:core.role:<uuid>`.
    public internal(set) var id = ID<Role>(prn: "prn:core.role:\(UUIDv7.make())")
    /// Unique among roles.
    public var name = ""
    /// What the role is for, in the words of who made it.
    public var description: String?
    /// What it allows, sorted.
    public var permissions: [Permission] = []
    /// Whether the role came with the program, and cannot be changed.
    public internal(set) var isLocked = false
    /// When the role was made.
    public internal(set) var created = Timestamp.now
    /// When the role changed last.
    public internal(set) var updated = Timestamp.now

    /// A role without a name that allows nothing.
    public init() {}

    /// A role of an operator; nothing is checked before it is stored.
    public init(name: String, description: String? = nil, permissions: [Permission]) {
        (self.name, self.description, self.permissions) = (name, description, permissions)
    }

    /// What a body may have, and what lists are narrowed down by.
    public static let fields: [Field<Self>] = [
        Field("name", \.name, "The name of this role.", [.required, .unique, .column], lookups: .text) { (name) throws(InvalidField) in
            if name.isEmpty { throw InvalidField("This field may not be blank.") }
        },
        Field(
            "description", \.description, "An optional description.", .column,
            lookups: Lookups(names: ["exact", "iexact", "contains", "icontains"])
        ) { (text) throws(InvalidField) in
            if text == "" { throw InvalidField("This field may not be blank.") }
        },
        Field("permissions", \.permissions, "List of permissions defining the role.", .required),
        Field("locked", \.isLocked, "True if the role is system managed.", [.column, .readOnly], lookups: Lookups(names: ["exact"])),
    ]
}

extension Permission: FieldValue {
    /// Text.
    public static var fieldType: FieldType { .text }
    /// The name as a JSON string.
    public var json: JSON { .string(description) }

    /// Takes a name of the form `app.codename`; whether there is such a permission, a role's maker finds out.
    public init(json: JSON) throws(InvalidField) {
        let name = try String(json: json)
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw InvalidField("Permission '\(name)' is not in the format '<app_label>.<codename>'.")
        }
        self.init(name)
    }
}
