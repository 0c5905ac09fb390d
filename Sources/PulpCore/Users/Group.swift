/// Users who are given roles together.
public struct Group: Sendable, Hashable {
    /// What others refer to the group by.
    public let number: Int64
    /// Unique among groups.
    public var name: String

    /// `prn:core.group:1`.
    public var id: ID<Group> { Self.id(number) }

    static func id(_ number: Int64) -> ID<Group> { ID(prn: "prn:core.group:\(number)") }

    /// What a body may have, and what lists are narrowed down by.
    public static let fields: [Field<Self>] = [
        Field(
            "name", \.name, "Name", [.required, .unique, .column],
            lookups: Lookups(names: ["exact", "iexact", "in", "contains", "icontains"]),
            validate: User.checkName)
    ]

    /// A group that is not stored yet.
    public init(name: String = "") { (number, self.name) = (0, name) }

    init(number: Int64, name: String) { (self.number, self.name) = (number, name) }
}

extension ID where Resource == Group {
    /// What the database refers to the group by; nil when the PRN is none of a group.
    public var number: Int64? { Int64(uuid) }
}

/// Stores, finds and deletes groups and their members, within a caller's transaction.
public enum Groups {
    /// Groups, by name unless another order is given.
    /// - Parameter condition: on the table as `t`; so is the order.
    public static func list(
        where condition: SQL = "TRUE", order: SQL = "t.name", limit: Int = .max, offset: Int = 0, in db: any SQLConnection
    ) throws -> [Group] {
        try db.query(
            """
            SELECT t.id, t.name FROM app_group AS t WHERE \(sql: condition) ORDER BY \(sql: order) LIMIT \(limit) OFFSET \(offset)
            """
        ).map { Group(number: try $0.get(0), name: try $0.get(1)) }
    }

    /// How many groups meet a condition on the table as `t`.
    public static func count(where condition: SQL = "TRUE", in db: any SQLConnection) throws -> Int {
        try db.value("SELECT COUNT(*) FROM app_group AS t WHERE \(sql: condition)", as: Int.self) ?? 0
    }

    /// The group with an identity; nil when there is none.
    public static func find(_ id: ID<Group>, in db: any SQLConnection) throws -> Group? {
        guard let number = id.number else { return nil }
        return try list(where: "t.id = \(number)", in: db).first
    }

    /// The group with a name; nil when there is none.
    public static func find(named name: String, in db: any SQLConnection) throws -> Group? {
        try list(where: "t.name = \(name)", in: db).first
    }

    /// Stores a new group.
    /// - Throws: ``ValidationError`` when the name is refused or taken.
    public static func insert(_ group: Group, under rules: AccessRules, in db: any SQLConnection) throws -> Group {
        try check(group, in: db)
        guard let number = try db.value("INSERT INTO app_group (name) VALUES (\(group.name)) RETURNING id", as: Int64.self) else {
            throw DatabaseError(.other, "a group was not inserted")
        }
        try rules.didCreate(Group.id(number).prn, by: TaskOrigin.current?.user, in: db)
        return Group(number: number, name: group.name)
    }

    /// Stores a changed group.
    /// - Throws: ``ValidationError`` when the name is refused or taken, ``PulpError`` with `notFound` when there is no such group.
    public static func update(_ group: Group, in db: any SQLConnection) throws {
        try check(group, in: db)
        guard try db.execute("UPDATE app_group SET name = \(group.name) WHERE id = \(group.number)") == 1 else {
            throw PulpError(.notFound, "there is no group \(group.id)")
        }
    }

    /// Deletes a group, with the roles that it was given, and those that were given for it.
    /// - Returns: false when there is none.
    @discardableResult
    public static func delete(_ id: ID<Group>, in db: any SQLConnection) throws -> Bool {
        guard let number = id.number else { return false }
        try RoleBindings.forget(objects: [id.prn], in: db)
        return try db.execute("DELETE FROM app_group WHERE id = \(number)") == 1
    }

    /// Makes a user a member; one who is already stays.
    /// - Throws: ``PulpError`` with `notFound` when there is no such user or group.
    public static func add(_ user: ID<User>, to group: ID<Group>, in db: any SQLConnection) throws {
        guard try Users.find(user, in: db) != nil else { throw PulpError(.notFound, "there is no user \(user)") }
        guard try find(group, in: db) != nil else { throw PulpError(.notFound, "there is no group \(group)") }
        try db.execute(
            """
            INSERT INTO group_member (app_user, app_group) VALUES (\(user.number ?? 0), \(group.number ?? 0)) ON CONFLICT DO NOTHING
            """)
    }

    /// Ends a membership.
    /// - Returns: false when the user was no member.
    @discardableResult
    public static func remove(_ user: ID<User>, from group: ID<Group>, in db: any SQLConnection) throws -> Bool {
        try db.execute(
            "DELETE FROM group_member WHERE app_user = \(user.number ?? 0) AND app_group = \(group.number ?? 0)") == 1
    }

    /// The members of a group, as a condition for ``Users/list(where:order:limit:offset:in:)``.
    public static func members(of group: ID<Group>) -> SQL {
        "t.id IN (SELECT m.app_user FROM group_member AS m WHERE m.app_group = \(group.number ?? 0))"
    }

    /// The groups of each of some users, by name; one statement for any number.
    public static func groups(of users: [User], in db: any SQLConnection) throws -> [Int64: [Group]] {
        let rows = try db.query(
            """
            SELECT m.app_user, g.id, g.name FROM group_member AS m JOIN app_group AS g ON g.id = m.app_group
            WHERE m.app_user \(in: users.map(\.number)) ORDER BY g.name
            """)
        return try rows.reduce(into: [:]) { groups, row in
            groups[try row.get(0), default: []].append(Group(number: try row.get(1), name: try row.get(2)))
        }
    }

    private static func check(_ group: Group, in db: any SQLConnection) throws {
        for field in Group.fields {
            do throws(InvalidField) { try field.check(group) } catch { throw ValidationError(field.name, error.message) }
        }
        if try db.first("SELECT 1 FROM app_group WHERE name = \(group.name) AND id <> \(group.number)") != nil {
            throw ValidationError("name", "This field must be unique.")
        }
    }
}
