import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    static let groupPaths = ResourcePaths("groups", href: "group_href")

    /// The list of groups, each of them, and the members and the roles of each.
    var groups: [Endpoint] {
        let rules = pulp.rules
        let collection = CollectionEndpoints<Group, Group>(
            api: self, paths: Self.groupPaths, listing: groupListing,
            find: { key, db in try Groups.find(ID(prn: "prn:core.group:\(key)"), in: db) },
            identity: { ($0.number, $0.id.prn) }, body: { $0 },
            insert: { group, db in try Groups.insert(group, under: rules, in: db) },
            update: { group, db in try Groups.update(group, in: db) },
            delete: { group, _, db in try Groups.delete(group.id, in: db) })
        let roles = BindingEndpoints(
            api: self, owner: Self.groupPaths, href: "groups_group_role_href", name: "GroupRole",
            holder: { key, db in try Groups.find(ID(prn: "prn:core.group:\(key)"), in: db).map { .group($0.id) } })
        return collection.endpoints + roles.endpoints + members
    }

    /// How groups are shown.
    var groupView: View<Group> {
        View(
            name: "GroupResponse",
            properties: hrefs.properties(of: Group.fields) { $0.id.prn } + [Property("id", .integer) { .integer(Int($0.number)) }])
    }

    private var groupListing: Listing {
        let view = groupView
        let numbers = [Lookup.exact, .in].map { ListFilter(FieldFilter("id", $0, .integer, column: "t.id")) }
        return Listing(
            table: "app_group AS t",
            filters: identityFilters(model: "core.group", .number) + Group.fields.flatMap(\.filters).map { ListFilter($0) } + numbers,
            order: [("id", "t.id"), ("name", "t.name"), ("pk", "t.id")], shape: view.shape
        ) { keys, db in
            Dictionary(
                try Groups.list(where: "t.id \(in: keys)", in: db).map { ($0.number, view.object($0)) },
                uniquingKeysWith: { first, _ in first })
        }
    }

    // MARK: Members

    private static let memberPaths = ResourcePaths("groups/{group}/users", href: "groups_user_href", parent: "group_href")

    private var members: [Endpoint] {
        let view = memberView
        var listing = Listing(table: "app_user AS t", filters: [], order: [], shape: view.shape) { keys, db in
            Dictionary(
                try Users.list(where: "t.id \(in: keys)", in: db).map { ($0.number, view.object($0)) },
                uniquingKeysWith: { first, _ in first })
        }
        listing.condition = { request, db in Groups.members(of: try Self.group(request, in: db)) }
        let paths = Self.memberPaths
        return [paths.all([.get: listing.operation(pulp), .post: addMember(view)]), paths.each([.delete: removeMember])]
    }

    /// How users are shown where only their names matter.
    var memberView: View<User> {
        let names = User.fields.filter { $0.name == "username" }
        return View(name: "GroupUserResponse", properties: hrefs.properties(of: names) { $0.id.prn })
    }

    private static func group(_ request: APIRequest, in db: any SQLConnection) throws -> ID<Group> {
        let id = ID<Group>(prn: "prn:core.group:\(request.parameters["group"] ?? "")")
        guard let group = try Groups.find(id, in: db) else { throw APIError.notFound("Group") }
        return group.id
    }

    private func addMember(_ view: View<User>) -> Operation {
        Operation(
            action: "create", request: Operation.RequestShape(shape: GroupMember.shape), answers: [.created(view.shape)]
        ) { [self] request in
            let body: GroupMember = try await body(request)
            let user = try await pulp.database.write { db in
                let group = try Self.group(request, in: db)
                guard let user = try Users.find(named: body.username, in: db) else {
                    throw ValidationError("username", "User matching query does not exist.")
                }
                try Groups.add(user.id, to: group, in: db)
                return user
            }
            return .created(view.object(user), hrefs.href(user.id.prn))
        }
    }

    private var removeMember: Operation {
        Operation(action: "delete", answers: [.noContent]) { [pulp] request in
            try await pulp.database.write { db in
                let user = ID<User>(prn: "prn:auth.user:\(request.parameters["pk"] ?? "")")
                let isGone = try Groups.remove(user, from: Self.group(request, in: db), in: db)
                guard isGone else { throw APIError.notFound("User") }
            }
            return .empty()
        }
    }
}

extension Group: RequestObject {
    static let name = "Group"
    init() { self.init(name: "") }
}

/// Who is to become a member.
private struct GroupMember: RequestObject {
    var username = ""

    static let name = "GroupUser"
    static let fields = [Field<Self>("username", \.username, "The name of a user.", .required)]
}
