/// Stores, finds and deletes roles, within a caller's transaction.
public enum Roles {
    private static let columns = "t.id, t.prn, t.name, t.description, t.locked, t.created, t.updated"

    /// Roles, each with its permissions: two statements for any number.
    /// - Parameter condition: on the table as `t`; so is the order.
    public static func list(
        where condition: SQL = "TRUE", order: SQL = "t.name", limit: Int = .max, offset: Int = 0, in db: any SQLConnection
    ) throws -> [Role] {
        var roles = try db.query(
            """
            SELECT \(raw: columns) FROM role AS t WHERE \(sql: condition) ORDER BY \(sql: order) LIMIT \(limit) OFFSET \(offset)
            """
        ).map(Role.init)
        var permissions: [Int64: [Permission]] = [:]
        let held = try db.query("SELECT role, permission FROM role_permission WHERE role \(in: roles.map(\.key)) ORDER BY permission")
        for row in held { permissions[try row.get(0), default: []].append(try row.get(1)) }
        for index in roles.indices { roles[index].permissions = permissions[roles[index].key] ?? [] }
        return roles
    }

    /// How many roles meet a condition on the table as `t`.
    public static func count(where condition: SQL = "TRUE", in db: any SQLConnection) throws -> Int {
        try db.value("SELECT COUNT(*) FROM role AS t WHERE \(sql: condition)", as: Int.self) ?? 0
    }

    /// The role with an identity; nil when there is none.
    public static func find(_ id: ID<Role>, in db: any SQLConnection) throws -> Role? {
        try list(where: "t.prn = \(id)", in: db).first
    }

    /// The role with a name; nil when there is none.
    public static func find(named name: String, in db: any SQLConnection) throws -> Role? {
        try list(where: "t.name = \(name)", in: db).first
    }

    /// Stores a new role.
    /// - Throws: ``ValidationError`` when a permission is none of the rules', or the name is taken.
    public static func insert(_ role: Role, under rules: AccessRules, in db: any SQLConnection) throws -> Role {
        try check(role, rules, in: db)
        let key = try db.value(
            """
            INSERT INTO role (prn, name, description, locked, created, updated)
            VALUES (\(role.id), \(role.name), \(role.description), FALSE, \(role.created), \(role.created)) RETURNING id
            """, as: Int64.self)
        guard let key else { throw DatabaseError(.other, "a role was not inserted") }
        try setPermissions([(key, role.permissions)], in: db)
        return try stored(role.id, in: db)
    }

    /// Stores a changed role.
    /// - Throws: ``PulpError`` with `forbidden` when the role is locked; ``ValidationError`` as
    ///   ``insert(_:under:in:)`` does.
    public static func update(_ role: Role, under rules: AccessRules, in db: any SQLConnection) throws -> Role {
        try requireUnlocked(role.id, in: db)
        try check(role, rules, in: db)
        try db.execute(
            """
            UPDATE role SET name = \(role.name), description = \(role.description), updated = \(Timestamp.now) WHERE id = \(role.key)
            """)
        try setPermissions([(role.key, role.permissions)], in: db)
        return try stored(role.id, in: db)
    }

    /// Deletes a role, and takes it from everybody who has it.
    /// - Throws: ``PulpError`` with `notFound` when there is none, with `forbidden` when it is locked.
    public static func delete(_ id: ID<Role>, in db: any SQLConnection) throws {
        try requireUnlocked(id, in: db)
        try db.execute("DELETE FROM role WHERE prn = \(id)")
    }

    /// Replaces the permissions of roles: two statements for any number.
    static func setPermissions(_ permissions: [(role: Int64, permissions: [Permission])], in db: any SQLConnection) throws {
        try db.execute("DELETE FROM role_permission WHERE role \(in: permissions.map(\.role))")
        var rows = SQLRows([("role", .integer), ("permission", .text)])
        for (role, permissions) in permissions {
            for permission in Set(permissions) { rows.append([.integer(role), permission.sql]) }
        }
        guard !rows.isEmpty else { return }
        try db.execute("INSERT INTO role_permission (role, permission) SELECT r.role, r.permission FROM \(rows: rows, as: "r")")
    }

    private static func check(_ role: Role, _ rules: AccessRules, in db: any SQLConnection) throws {
        var problems: [ValidationError.Problem] = []
        for field in Role.fields {
            do throws(InvalidField) { try field.check(role) } catch {
                problems.append(.init(field: field.name, message: error.message))
            }
        }
        for permission in role.permissions where !rules.permissions.contains(permission) {
            problems.append(.init(field: "permissions", message: "Permission '\(permission)' does not exist."))
        }
        if try db.first("SELECT 1 FROM role WHERE name = \(role.name) AND prn <> \(role.id)") != nil {
            problems.append(.init(field: "name", message: "This field must be unique."))
        }
        guard problems.isEmpty else { throw ValidationError(problems: problems) }
    }

    private static func requireUnlocked(_ id: ID<Role>, in db: any SQLConnection) throws {
        guard let isLocked = try db.value("SELECT locked FROM role WHERE prn = \(id)", as: Bool.self) else {
            throw PulpError(.notFound, "there is no role \(id)")
        }
        if isLocked { throw PulpError(.forbidden, "The role is locked.") }
    }

    private static func stored(_ id: ID<Role>, in db: any SQLConnection) throws -> Role {
        guard let role = try find(id, in: db) else { throw PulpError(.internal, "\(id) vanished while it was stored") }
        return role
    }
}

extension Role {
    fileprivate init(_ row: Row) throws {
        (key, id, name) = (try row.get(0), try row.get(1), try row.get(2))
        (description, isLocked) = (try row.get(3), try row.get(4))
        (created, updated) = (try row.get(5), try row.get(6))
    }
}
