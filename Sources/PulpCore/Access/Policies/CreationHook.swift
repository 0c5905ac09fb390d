/// Who is given which roles on what was just made.
public struct CreationHook: Sendable, Hashable {
    /// To whom the roles are given.
    public enum Function: String, Sendable, Hashable, CaseIterable {
        /// To who made the thing, and to nobody else.
        case addRolesForCreator = "add_roles_for_object_creator"
        /// To users that the hook names.
        case addRolesForUsers = "add_roles_for_users"
        /// To groups that the hook names.
        case addRolesForGroups = "add_roles_for_groups"

        /// The parameter that names them.
        fileprivate var holders: String? {
            switch self {
            case .addRolesForCreator: nil
            case .addRolesForUsers: "users"
            case .addRolesForGroups: "groups"
            }
        }
    }

    /// To whom the roles are given.
    public let function: Function
    /// The names of the roles.
    public let roles: [String]
    /// The names of the users or groups, where the function needs them.
    public let holders: [String]
    /// The hook as it was given, for who asks.
    let json: JSON

    init(_ function: Function, roles: [String]) {
        (self.function, self.roles, holders) = (function, roles, [])
        let list: JSON = roles.count == 1 ? .string(roles[0]) : .array(roles.map { .string($0) })
        json = ["function": .string(function.rawValue), "parameters": ["roles": list]]
    }

    /// Reads a hook, whose parameters may each be one text or a list of them.
    init(json: JSON) throws(InvalidField) {
        guard let name = json["function"]?.stringValue else { throw InvalidField("A creation hook needs a \"function\".") }
        guard let function = Function(rawValue: name) else {
            throw InvalidField("Creation hook '\(name)' was not registered for this view set.")
        }
        (self.function, self.json) = (function, json)
        roles = try Self.names("roles", of: json, function)
        if let parameter = function.holders { holders = try Self.names(parameter, of: json, function) } else { holders = [] }
    }

    private static func names(_ parameter: String, of json: JSON, _ function: Function) throws(InvalidField) -> [String] {
        switch json["parameters"]?[parameter] {
        case .string(let name)?: return [name]
        case .array(let elements)?:
            let names = elements.compactMap(\.stringValue)
            if names.count == elements.count, !names.isEmpty { return names }
        default: break
        }
        throw InvalidField("The creation hook '\(function.rawValue)' needs \"\(parameter)\": a name, or a list of them.")
    }

    /// Gives the roles to the users or groups that the hook names; those that do not exist are passed over.
    func giveToHolders(on prn: String, in db: any SQLConnection) throws {
        let rows =
            function == .addRolesForGroups
            ? RoleBindings.groups(where: "g.name \(in: holders)") : RoleBindings.users(where: "u.username \(in: holders)")
        try RoleBindings.insert(roles: roles, holders: rows, object: prn, in: db)
    }
}
