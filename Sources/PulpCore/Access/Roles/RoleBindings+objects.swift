/// Roles for one object, given to and taken from several users and groups at once.
extension RoleBindings {
    /// Gives a role for an object to everybody who is named.
    /// - Throws: ``ValidationError`` when the role, a user or a group does not exist, when the role has no permission for such an
    ///   object, or when somebody has the role for it already; nobody is given anything then.
    public static func give(_ given: ObjectRole, on prn: String, under rules: AccessRules, in db: any SQLConnection) throws {
        try check(given.role, .object(prn), rules, in: db)
        let holders = try Holders(given, in: db)
        let bound = try holders.count(of: given.role, on: prn, in: db)
        if bound > 0 { throw ValidationError(nil, "The role '\(given.role)' is already assigned to \(bound) of them.") }
        try insert(roles: [given.role], holders: holders.rows, object: prn, in: db)
    }

    /// Takes a role for an object from everybody who is named.
    /// - Throws: ``ValidationError`` when the role, a user or a group does not exist, or somebody does not have the role for the
    ///   object; nothing is taken from anybody then.
    public static func take(_ taken: ObjectRole, on prn: String, in db: any SQLConnection) throws {
        guard try Roles.find(named: taken.role, in: db) != nil else {
            throw ValidationError("role", "Object with name=\(taken.role) does not exist.")
        }
        let holders = try Holders(taken, in: db)
        let bound = try holders.count(of: taken.role, on: prn, in: db)
        guard bound == holders.count else {
            throw ValidationError(nil, "The role '\(taken.role)' is not assigned to \(holders.count - bound) of them.")
        }
        try db.execute(
            """
            DELETE FROM role_binding WHERE id IN (SELECT t.id FROM role_binding AS t WHERE \(sql: holders.condition(taken.role, prn)))
            """)
    }

    /// Some of the permissions that a user has on an object, however the roles are given.
    public static func permissions(
        of user: User, among permissions: some Sequence<Permission>, on prn: String, domain: Int64 = defaultDomain,
        in db: any SQLConnection
    ) throws -> Set<Permission> {
        guard user.isActive else { return [] }
        if user.isAdministrator { return Set(permissions) }
        return Set(
            try db.query(
                """
                SELECT DISTINCT p.permission FROM role_binding AS b JOIN role_permission AS p ON p.role = b.role
                WHERE p.permission \(in: permissions) AND \(sql: holder(user))
                    AND (b.object = \(prn) OR (b.object IS NULL AND (b.domain IS NULL OR b.domain = \(domain))))
                """
            ).map { try $0.get(0) })
    }

    /// The users and groups that were given a role with a permission for some objects themselves, by the objects' PRNs.
    public static func holders(
        of permission: Permission, on prns: some Sequence<String>, in db: any SQLConnection
    ) throws -> [String: (users: [User], groups: [Group])] {
        let rows = try db.query(
            """
            SELECT DISTINCT b.object, b.app_user, b.app_group FROM role_binding AS b JOIN role_permission AS p ON p.role = b.role
            WHERE p.permission = \(permission) AND b.object \(in: prns)
            """)
        let users = try Users.list(
            where: "t.id \(in: rows.compactMap { try $0.get(1, as: Int64?.self) })", order: "t.username", in: db)
        let groups = try Groups.list(where: "t.id \(in: rows.compactMap { try $0.get(2, as: Int64?.self) })", in: db)
        var keys: [String: (users: Set<Int64>, groups: Set<Int64>)] = [:]
        for row in rows {
            let prn = try row.get(0, as: String.self)
            if let user = try row.get(1, as: Int64?.self) { keys[prn, default: ([], [])].users.insert(user) }
            if let group = try row.get(2, as: Int64?.self) { keys[prn, default: ([], [])].groups.insert(group) }
        }
        return keys.mapValues { keys in
            (users.filter { keys.users.contains($0.number) }, groups.filter { keys.groups.contains($0.number) })
        }
    }
}

extension AccessRules {
    /// What keeps somebody from giving a role for an object: those of its permissions that an owner of the object has, and the giver
    /// does not.
    ///
    /// Who may give roles cannot so become more than an owner made it.
    public func missing(
        to giver: User, for role: String, on prn: String, in db: any SQLConnection
    ) throws -> [Permission] {
        guard let viewset = viewset(ofObject: prn), let role = try Roles.find(named: role, in: db) else { return [] }
        let owner = Set(viewset.roles.first { $0.name == "\(viewset.model ?? "")_owner" }?.permissions ?? viewset.permissions)
        let needed = owner.intersection(role.permissions)
        return try needed.subtracting(RoleBindings.permissions(of: giver, among: needed, on: prn, in: db)).sorted()
    }
}

/// Users and groups by their names.
private struct Holders {
    private let users: [Int64]
    private let groups: [Int64]

    init(_ named: RoleBindings.ObjectRole, in db: any SQLConnection) throws {
        let users = try Users.list(where: "t.username \(in: named.users)", in: db)
        let groups = try Groups.list(where: "t.name \(in: named.groups)", in: db)
        var problems = Set(named.users).subtracting(users.map(\.name)).sorted().map {
            ValidationError.Problem(field: "users", message: "Object with username=\($0) does not exist.")
        }
        problems += Set(named.groups).subtracting(groups.map(\.name)).sorted().map {
            ValidationError.Problem(field: "groups", message: "Object with name=\($0) does not exist.")
        }
        if problems.isEmpty, users.isEmpty, groups.isEmpty {
            problems = [ValidationError.Problem(field: nil, message: "Users or groups must be named.")]
        }
        guard problems.isEmpty else { throw ValidationError(problems: problems) }
        (self.users, self.groups) = (users.map(\.number), groups.map(\.number))
    }

    /// How many they are.
    var count: Int { users.count + groups.count }

    /// As ``RoleBindings/insert(roles:holders:object:domain:in:)`` wants them.
    var rows: SQL {
        "\(sql: RoleBindings.users(where: "u.id \(in: users)")) UNION ALL \(sql: RoleBindings.groups(where: "g.id \(in: groups)"))"
    }

    /// The bindings `t` of a role for an object.
    func condition(_ role: String, _ prn: String) -> SQL {
        """
        t.object = \(prn) AND t.role IN (SELECT r.id FROM role AS r WHERE r.name = \(role))
            AND (t.app_user \(in: users) OR t.app_group \(in: groups))
        """
    }

    func count(of role: String, on prn: String, in db: any SQLConnection) throws -> Int {
        try db.value("SELECT COUNT(*) FROM role_binding AS t WHERE \(sql: condition(role, prn))", as: Int.self) ?? 0
    }
}
