extension RoleBindings {
    /// Who has a role for one object.
    public struct ObjectRole: Sendable, Hashable {
        /// The name of the role.
        public var role: String
        /// The names of the users who were given it, sorted.
        public var users: [String]
        /// The names of the groups that were given it, sorted.
        public var groups: [String]

        /// A role of nobody, unless somebody is named; nothing is checked before it is given.
        public init(role: String, users: [String] = [], groups: [String] = []) {
            (self.role, self.users, self.groups) = (role, users, groups)
        }
    }

    /// Bindings, the youngest first unless another order is given; three statements for any number.
    /// - Parameter condition: on the table as `t`, with the role as `r`; so is the order.
    public static func list(
        where condition: SQL, order: SQL = "t.id DESC", limit: Int = .max, offset: Int = 0, in db: any SQLConnection
    ) throws -> [RoleBinding] {
        let rows = try db.query(
            """
            SELECT t.uuid, t.role, r.name, r.description, t.app_user, t.app_group, t.object, d.prn, t.created, t.id
            FROM role_binding AS t JOIN role AS r ON r.id = t.role LEFT JOIN domain AS d ON d.id = t.domain
            WHERE \(sql: condition) ORDER BY \(sql: order) LIMIT \(limit) OFFSET \(offset)
            """)
        var permissions: [Int64: [Permission]] = [:]
        let roles = try Set(rows.map { try $0.get(1, as: Int64.self) })
        for row in try db.query("SELECT role, permission FROM role_permission WHERE role \(in: roles) ORDER BY permission") {
            permissions[try row.get(0), default: []].append(try row.get(1))
        }
        return try rows.map { row in
            let holder: RoleBinding.Holder
            if let user = try row.get(4, as: Int64?.self) {
                holder = .user(User.id(user))
            } else {
                holder = .group(Group.id(try row.get(5)))
            }
            let place: RoleBinding.Place
            if let object = try row.get(6, as: String?.self) {
                place = .object(object)
            } else {
                place = try row.get(7, as: String?.self).map(RoleBinding.Place.domain) ?? .everything
            }
            return RoleBinding(
                key: try row.get(9), id: ID(prn: "prn:\(holder.model):\(try row.get(0, as: String.self))"), role: try row.get(2),
                description: try row.get(3),
                permissions: permissions[try row.get(1)] ?? [], holder: holder, place: place, created: try row.get(8))
        }
    }

    /// How many bindings meet a condition on the table as `t`, with the role as `r`.
    public static func count(where condition: SQL, in db: any SQLConnection) throws -> Int {
        try db.value("SELECT COUNT(*) FROM role_binding AS t JOIN role AS r ON r.id = t.role WHERE \(sql: condition)", as: Int.self) ?? 0
    }

    /// The bindings of a holder, as a condition for ``list(where:order:limit:offset:in:)``.
    public static func condition(of holder: RoleBinding.Holder) -> SQL { holder.condition }

    /// The bindings for a place, as a condition for ``list(where:order:limit:offset:in:)``.
    public static func condition(for place: RoleBinding.Place) -> SQL { place.condition }

    /// Every role that somebody has for one object, by its name.
    public static func roles(on prn: String, in db: any SQLConnection) throws -> [ObjectRole] {
        let rows = try db.query(
            """
            SELECT r.name, u.username, g.name FROM role_binding AS t JOIN role AS r ON r.id = t.role
            LEFT JOIN app_user AS u ON u.id = t.app_user LEFT JOIN app_group AS g ON g.id = t.app_group
            WHERE t.object = \(prn) ORDER BY r.name, u.username, g.name
            """)
        var roles: [ObjectRole] = []
        for row in rows {
            let name = try row.get(0, as: String.self)
            if roles.last?.role != name { roles.append(ObjectRole(role: name)) }
            if let user = try row.get(1, as: String?.self) { roles[roles.count - 1].users.append(user) }
            if let group = try row.get(2, as: String?.self) { roles[roles.count - 1].groups.append(group) }
        }
        return roles
    }

    /// What a user was given on one object, sorted; an administrator has every permission of its kind.
    public static func permissions(of user: User, on prn: String, under rules: AccessRules, in db: any SQLConnection) throws -> [Permission]
    {
        guard user.isActive else { return [] }
        if user.isAdministrator { return rules.viewset(ofObject: prn)?.permissions.sorted() ?? [] }
        return try db.query(
            """
            SELECT DISTINCT p.permission FROM role_binding AS b JOIN role_permission AS p ON p.role = b.role
            WHERE b.object = \(prn) AND \(sql: holder(user)) ORDER BY p.permission
            """
        ).map { try $0.get(0) }
    }
}
