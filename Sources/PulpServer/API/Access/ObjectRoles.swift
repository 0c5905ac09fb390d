import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// Who has which role for a thing, for everything that roles are given for.
    var objectRoles: [Endpoint] {
        let paths =
            [
                ResourcePaths("tasks", href: "task_href"), ResourcePaths("uploads", href: "upload_href"),
                ResourcePaths("task-schedules", href: "task_schedule_href"), Self.groupPaths,
            ] + pulp.kinds.map { $0.apiPaths }
        return paths.flatMap { paths -> [Endpoint] in
            guard let viewset = pulp.rules.viewset(named: paths.name), viewset.isManaged else { return [] }
            return ObjectRoles(api: self, paths: paths, viewset: viewset).endpoints
        }
    }
}

/// Giving and taking roles for the things of a viewset, and who has them.
private struct ObjectRoles: Sendable {
    let api: API
    let paths: ResourcePaths
    let viewset: Viewset

    var endpoints: [Endpoint] {
        [
            paths.each("add_role", [.post: change("add_role", add)]), paths.each("remove_role", [.post: change("remove_role", remove)]),
            paths.each("list_roles", [.get: list]), paths.each("my_permissions", [.get: permissions]),
        ]
    }

    /// What the path names.
    /// - Throws: ``APIError`` with 404 when there is no such thing.
    private func object(_ request: APIRequest, in db: any SQLConnection) throws -> String {
        guard let prn = request.access.object, try viewset.hasRow(prn, in: db) else { throw APIError.notFound(paths.noun) }
        return prn
    }

    private func change(
        _ action: String,
        _ change: @escaping @Sendable (RoleBindings.ObjectRole, String, RequestAccess, any SQLConnection) throws -> Void
    ) -> Operation {
        Operation(
            action: action, request: Operation.RequestShape(shape: NestedRole.shape),
            answers: [.created(NestedRole.shape.named("NestedRoleResponse"))]
        ) { request in
            let body: NestedRole = try await api.body(request)
            try await api.pulp.database.write { db in try change(body.value, try object(request, in: db), request.access, db) }
            return .json(.object(body.value.object), status: .created)
        }
    }

    /// Nobody makes others more than an owner made oneself.
    private func add(_ role: RoleBindings.ObjectRole, _ prn: String, _ access: RequestAccess, _ db: any SQLConnection) throws {
        if !access.isUnrestricted {
            let missing = try access.rules.missing(to: access.identified(), for: role.role, on: prn, in: db)
            guard missing.isEmpty else {
                let names = missing.map(\.description).joined(separator: ", ")
                throw APIError.detail("You cannot give the role '\(role.role)': you do not have \(names).", status: .forbidden)
            }
        }
        try RoleBindings.give(role, on: prn, under: access.rules, in: db)
    }

    private func remove(_ role: RoleBindings.ObjectRole, _ prn: String, _ access: RequestAccess, _ db: any SQLConnection) throws {
        try RoleBindings.take(role, on: prn, in: db)
    }

    private var list: Operation {
        let shape = ObjectShape(
            name: "ObjectRolesResponse",
            members: [
                ObjectShape.Member(name: "roles", shape: .list(.object(NestedRole.shape.named("NestedRoleResponse"))), isRequired: true)
            ])
        return read("list_roles", shape) { prn, _, db in
            ["roles": .array(try RoleBindings.roles(on: prn, in: db).map { .object($0.object) })]
        }
    }

    private var permissions: Operation {
        let shape = ObjectShape(
            name: "MyPermissionsResponse", members: [ObjectShape.Member(name: "permissions", shape: .list(.text), isRequired: true)])
        return read("my_permissions", shape) { prn, access, db in
            let permissions = try RoleBindings.permissions(of: access.identified(), on: prn, under: access.rules, in: db)
            return ["permissions": .array(permissions.map(\.json))]
        }
    }

    private func read(
        _ action: String, _ shape: ObjectShape,
        _ look: @escaping @Sendable (String, RequestAccess, any SQLConnection) throws -> JSON.Object
    ) -> Operation {
        Operation(action: action, parameters: Operation.Parameter.fieldSelection, answers: [.ok(shape)]) { request in
            let found = try await api.pulp.database.read { db in try look(try object(request, in: db), request.access, db) }
            return .json(FieldSelection(request.query)(found))
        }
    }
}

/// A role, and who has it or is to have it.
private struct NestedRole: RequestObject {
    var value = RoleBindings.ObjectRole(role: "")

    static let name = "NestedRole"
    static let fields = [
        Field<Self>("users", \.value.users, "The names of users."), Field<Self>("groups", \.value.groups, "The names of groups."),
        Field<Self>("role", \.value.role, "The name of a role.", .required),
    ]
}

extension RoleBindings.ObjectRole {
    fileprivate var object: JSON.Object {
        ["users": .array(users.map { .string($0) }), "groups": .array(groups.map { .string($0) }), "role": .string(role)]
    }
}
