/// Somebody who may use the API.
public struct User: Sendable, Hashable {
    /// What others refer to the user by; 0 before it is stored.
    public internal(set) var number: Int64 = 0
    /// The name to log in with.
    public var name = ""
    /// What is kept of the password; nil for a user who cannot log in with one.
    public var password: PasswordHash?
    /// The user's given name.
    public var firstName = ""
    /// The user's family name.
    public var lastName = ""
    /// Where the user gets mail; nothing for no address.
    public var email = ""
    /// Whether the user may do everything.
    public var isAdministrator = false
    /// A mark for programs that administer Pulp; it allows nothing here.
    public var isStaff = false
    /// Whether the user may log in.
    public var isActive = true
    /// When the user was made.
    public internal(set) var joined = Timestamp.now

    /// A user without a name and a password, who is not stored yet.
    public init() {}

    /// A user who is not stored yet; nothing is checked before.
    public init(name: String, password: PasswordHash? = nil) { (self.name, self.password) = (name, password) }

    /// `prn:auth.user:1`.
    public var id: ID<User> { Self.id(number) }

    static func id(_ number: Int64) -> ID<User> { ID(prn: "prn:auth.user:\(number)") }
}

extension ID where Resource == User {
    /// What the database refers to the user by; nil when the PRN is none of a user.
    public var number: Int64? { Int64(uuid) }
}

extension User {
    /// What a body may have besides a password, and what lists are narrowed down by.
    public static let fields: [Field<Self>] = [
        Field(
            "username", \.name, "Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.", [.required, .unique, .column],
            lookups: lookups
        ) { (name) throws(InvalidField) in
            try checkName(name)
            // Nobody could log in with a colon, and a control character would command the terminals of others.
            guard
                name.unicodeScalars.allSatisfy({
                    $0.properties.isAlphabetic || $0.properties.numericType != nil || "@.+-_".unicodeScalars.contains($0)
                })
            else {
                throw InvalidField(
                    "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.")
            }
        },
        Field("first_name", \.firstName, "First name", .column, lookups: lookups, validate: checkLength),
        Field("last_name", \.lastName, "Last name", .column, lookups: lookups, validate: checkLength),
        Field("email", \.email, "Email address", .column, lookups: lookups) { (address) throws(InvalidField) in
            if address.isEmpty { return }
            guard address.utf8.count <= 254,
                address.wholeMatch(of: /[^\s@<>()\[\],;:\\"]+@[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?/) != nil,
                !address.contains("..")
            else { throw InvalidField("Enter a valid email address.") }
        },
        Field(
            "is_staff", \.isStaff, "Designates whether the user can log into this admin site.", .column,
            lookups: Lookups(names: ["exact"])),
        Field(
            "is_active", \.isActive, "Designates whether this user should be treated as active.", .column,
            lookups: Lookups(names: ["exact"])),
    ]

    private static let lookups = Lookups(names: ["exact", "iexact", "in", "contains", "icontains"])

    /// Refuses what no name of a user or a group can be.
    static let checkName: @Sendable (String) throws(InvalidField) -> Void = { (name) throws(InvalidField) in
        if name.allSatisfy(\.isWhitespace) { throw InvalidField("This field may not be blank.") }
        try checkLength(name)
    }

    private static let checkLength: @Sendable (String) throws(InvalidField) -> Void = { (text) throws(InvalidField) in
        if text.hasNUL { throw InvalidField("Null characters are not allowed.") }
        if text.unicodeScalars.count > 150 { throw InvalidField("Ensure this field has no more than 150 characters.") }
    }
}
