import HTTPTypes
import PulpCore

extension API {
    static let userPaths = ResourcePaths("users", href: "auth_user_href")

    /// The list of users, each of them, and the roles of each.
    var users: [Endpoint] {
        let collection = CollectionEndpoints<User, UserBody>(
            api: self, paths: Self.userPaths, listing: userListing,
            find: { key, db in try Users.find(ID(prn: "prn:auth.user:\(key)"), in: db) },
            identity: { ($0.number, $0.id.prn) }, body: { UserBody(user: $0) }, prepare: UserBody.setPassword,
            insert: { body, db in try Users.insert(body.user, in: db) }, update: { body, db in try Users.update(body.user, in: db) },
            delete: { user, actor, db in try Users.delete(user.id, by: actor.id, in: db) })
        let roles = BindingEndpoints(
            api: self, owner: Self.userPaths, href: "auth_users_user_role_href", name: "UserRole",
            holder: { key, db in try Users.find(ID(prn: "prn:auth.user:\(key)"), in: db).map { .user($0.id) } })
        return collection.endpoints + roles.endpoints
    }

    private var userListing: Listing {
        let columns = [
            "date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "last_name", "username",
        ]
        let view = userView
        return Listing(
            table: "app_user AS t",
            filters: identityFilters(model: "auth.user", .number) + User.fields.flatMap(\.filters).map { ListFilter($0) },
            // Of a secret nobody can tell the order, and when somebody came last is not kept.
            order: columns.map { ($0, SQL(raw: "t.\($0)")) } + ["pk", "password", "last_login"].map { ($0, "t.id") }, shape: view.shape
        ) { keys, db in
            let users = try Users.list(where: "t.id \(in: keys)", in: db)
            let groups = try Groups.groups(of: users, in: db)
            return Dictionary(
                users.map { ($0.number, view.object(ShownUser(user: $0, groups: groups[$0.number] ?? []))) },
                uniquingKeysWith: { first, _ in first })
        }
    }

    private var userView: View<ShownUser> {
        let hrefs = hrefs
        let group = View<Group>(name: "UserGroupResponse", properties: hrefs.properties(of: Group.fields) { $0.id.prn })
        return View(
            name: "UserResponse",
            properties: hrefs.identity { $0.user.id.prn } + [Property("id", .integer) { .integer(Int($0.user.number)) }]
                + User.fields.map { field in Property(ObjectShape.Member(of: field).asAddress) { field.json($0.user) } } + [
                    Property("date_joined", .moment) { $0.user.joined.json },
                    Property("groups", .list(.object(group.shape))) { .array($0.groups.map { .object(group.object($0)) }) },
                    Property("hidden_fields", .list(.object(.hiddenField))) { shown in
                        [["name": "password", "is_set": .bool(shown.user.password != nil)]]
                    },
                ])
    }
}

/// A user who is about to be shown.
private struct ShownUser: Sendable {
    let user: User
    let groups: [Group]
}

/// What may be said of a user.
private struct UserBody: RequestObject {
    var user = User()
    /// Not hashed; nil for a user who cannot log in with one.
    var password: String?

    static let name = "User"
    static let fields =
        Embed(\.user, User.fields) + [
            Field<Self>("password", \.password, "Users password. Set to null to disable password authentication.", .secret)
        ]

    static var shape: ObjectShape {
        let shape = ObjectShape(requesting: fields, from: Self(), name: name)
        return ObjectShape(name: name, members: shape.members.map(\.asAddress))
    }

    /// Replaces the password where a client says something of it.
    static let setPassword: @Sendable (inout Self, JSON.Object) throws -> Void = { body, given in
        guard given["password"] != nil else { return }
        body.user.password = try body.password.map { try PasswordHash(checked: $0) }
    }
}

extension PasswordHash {
    /// The hash of a password that is not too easy to guess.
    /// - Throws: ``ValidationError`` when it is.
    init(checked password: String) throws {
        try PasswordRules.check(password)
        try self.init(password)
    }
}

extension ObjectShape.Member {
    /// The same, with the format of mail addresses where the name says that it is one.
    var asAddress: Self {
        guard name == "email" else { return self }
        return Self(name: name, shape: Shape(kind: .text, format: "email"), isRequired: isRequired, isReadOnly: isReadOnly)
    }
}

extension Hrefs {
    /// The href and the PRN of what is shown.
    func identity<Subject>(_ prn: @escaping @Sendable (Subject) -> String) -> [Property<Subject>] {
        [
            Property("pulp_href", .uri) { [self] subject in .string(href(prn(subject)) ?? prn(subject)) },
            Property("prn", .text) { .string(prn($0)) },
        ]
    }

    /// Fields as they are shown, with the href and the PRN.
    func properties<Subject>(of fields: [Field<Subject>], _ prn: @escaping @Sendable (Subject) -> String) -> [Property<Subject>] {
        fields.map { field in Property(ObjectShape.Member(of: field)) { field.json($0) } } + identity(prn)
    }
}
