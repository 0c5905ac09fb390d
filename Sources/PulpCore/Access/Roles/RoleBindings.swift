/// Which roles users and groups have been given, for what, and what follows from it; within a caller's transaction.
public enum RoleBindings {
    /// How widely a role is given: what a permission is looked for in.
    public struct Reach: OptionSet, Sendable, Hashable {
        /// One bit for each reach.
        public let rawValue: UInt8
        /// The reaches with these bits; bits without a meaning are kept.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Roles that are given for all there is: Pulp's "model".
        public static let everything = Self(rawValue: 1)
        /// Roles that are given for a domain.
        public static let domain = Self(rawValue: 2)
        /// Roles that are given for one object.
        public static let object = Self(rawValue: 4)
        /// However a role is given.
        public static let any: Self = [.everything, .domain, .object]
    }

    /// The key of the domain that everything is in where nobody says otherwise.
    public static let defaultDomain: Int64 = 1

    /// Whether a user may do something: as an administrator, or by a role of the user's own or of one of the user's groups, given for
    /// the object, for its domain, or for all there is.
    ///
    /// Nobody but active users may do anything.
    /// - Parameters:
    ///   - prn: the object; nil for what is about none, like a creation.
    ///   - domain: the key of the domain that the object is in, or is to be in.
    ///   - reach: which roles count.
    public static func allows(
        _ user: User, _ permission: Permission, on prn: String?, domain: Int64 = defaultDomain, by reach: Reach = .any,
        in db: any SQLConnection
    ) throws -> Bool {
        guard user.isActive else { return false }
        if user.isAdministrator { return true }
        var places: [SQL] = []
        if reach.contains(.everything) { places.append("b.object IS NULL AND b.domain IS NULL") }
        if reach.contains(.domain) { places.append("b.domain = \(domain)") }
        if reach.contains(.object), let prn { places.append("b.object = \(prn)") }
        guard !places.isEmpty else { return false }
        let place = places.map { "(\(sql: $0))" as SQL }.joined(separator: " OR ")
        return try db.value("SELECT EXISTS (\(sql: grants("1", of: permission, to: user, where: place)))", as: Bool.self) ?? false
    }

    /// The rows of a table that a user may do something to, as a condition on them; the set-based form of
    /// ``allows(_:_:on:domain:by:in:)``.
    ///
    /// ```swift
    /// let visible = RoleBindings.condition(allowing: user, "file.view_fileremote")
    /// try pulp.resources.list(FileRemote.self, where: visible, in: db)
    /// ```
    /// - Parameters:
    ///   - prn: a row's PRN in SQL.
    ///   - domain: the key of a row's domain in SQL.
    public static func condition(
        allowing user: User, _ permission: Permission, prn: SQL = "t.prn", domain: SQL = "t.domain"
    ) -> SQL {
        guard user.isActive else { return "FALSE" }
        if user.isAdministrator { return "TRUE" }
        // None of the three depends on the row, so each is computed once.
        let everything = grants("1", of: permission, to: user, where: "b.object IS NULL AND b.domain IS NULL")
        let domains = grants("b.domain", of: permission, to: user, where: "b.domain IS NOT NULL")
        let objects = grants("b.object", of: permission, to: user, where: "b.object IS NOT NULL")
        return "(EXISTS (\(sql: everything)) OR \(sql: domain) IN (\(sql: domains)) OR \(sql: prn) IN (\(sql: objects)))"
    }

    /// Something of the bindings that give a user a permission.
    private static func grants(_ column: String, of permission: Permission, to user: User, where place: SQL) -> SQL {
        """
        SELECT \(raw: column) FROM role_binding AS b JOIN role_permission AS p ON p.role = b.role
        WHERE p.permission = \(permission) AND \(sql: holder(user)) AND (\(sql: place))
        """
    }

    /// The bindings `b` of a user, own ones and those of groups.
    static func holder(_ user: User) -> SQL {
        """
        (b.app_user = \(user.number)
            OR b.app_group IN (SELECT m.app_group FROM group_member AS m WHERE m.app_user = \(user.number)))
        """
    }
}
