import ArgumentParser
import PulpCore

/// `group role`: who may do what with a group itself.
struct GroupRoleNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "role", "The roles that users and groups have for a group itself.",
        examples: ["group role add --name release --role core.group_owner --user ann", "group role list --name release"],
        verbs: [ObjectRoleAdd.self, ObjectRoleList.self, ObjectRoleRemove.self, ObjectPermissions.self])
}

/// The options that say which role, and who.
struct ObjectRoleOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The role.", valueName: "name")) var role: String
    @Option(name: .customLong("user"), help: ArgumentHelp("A user who has it; may be repeated.", valueName: "name")) var users: [String] =
        []
    @Option(name: .customLong("group"), help: ArgumentHelp("A group that has it; may be repeated.", valueName: "name"))
    var groups: [String] = []

    init() {}

    func validate() throws {
        if users.isEmpty && groups.isEmpty { throw ArgumentParser.ValidationError("say who: --user or --group") }
    }

    /// - Throws: ``PulpError`` with `notFound` that names the first who is not there.
    func holders(in session: Session) async throws -> [RoleBinding.Holder] {
        var holders: [RoleBinding.Holder] = []
        for name in users {
            guard let user = try await session.pulp.database.read({ db in try Users.find(named: name, in: db) }) else {
                throw PulpError(.notFound, "there is no user \(name.debugDescription)")
            }
            holders.append(.user(user.id))
        }
        for name in groups { holders.append(.group(try await session.group(name).id)) }
        return holders
    }

    var object: JSON.Object { ["role": .string(role), "users": users.json, "groups": groups.json] }
}

struct ObjectRoleAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Give users and groups a role for a group.")

    @OptionGroup var group: GroupOptions
    @OptionGroup var role: ObjectRoleOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let (holders, prn) = (try await role.holders(in: session), try await group.find(in: session).id.prn)
            let rules = session.pulp.rules
            try await session.pulp.database.write { [role] db in
                for holder in holders { try RoleBindings.give(role.role, to: holder, for: .object(prn), under: rules, in: db) }
            }
            session.report("gave the role \(role.role)", role.object)
        }
    }
}

struct ObjectRoleRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: "Take a role for a group from users and groups.")

    @OptionGroup var group: GroupOptions
    @OptionGroup var role: ObjectRoleOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let (holders, prn) = (try await role.holders(in: session), try await group.find(in: session).id.prn)
            try await session.pulp.database.write { [role] db in
                for holder in holders { try RoleBindings.take(role.role, from: holder, for: .object(prn), in: db) }
            }
            session.report("took the role \(role.role)", role.object)
        }
    }
}

struct ObjectRoleList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List who has which role for a group.")

    @OptionGroup var group: GroupOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let prn = try await group.find(in: session).id.prn
            let roles = try await session.pulp.database.read { db in try RoleBindings.roles(on: prn, in: db) }
            session.list(roles.map(\.object), columns: ["role", "users", "groups"])
        }
    }
}

/// `my-permissions`: of the administrator, since who runs the program is one.
struct ObjectPermissions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "my-permissions", abstract: "Show what one may do with a group: all of it, or what a user may.")

    @OptionGroup var group: GroupOptions
    @Option(help: ArgumentHelp("Show what this user was given instead.", valueName: "name")) var user: String?
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let prn = try await group.find(in: session).id.prn
            let (rules, name) = (session.pulp.rules, user)
            let permissions = try await session.pulp.database.read { db in
                guard let name else { return rules.viewset(ofObject: prn)?.permissions.sorted() ?? [] }
                guard let user = try Users.find(named: name, in: db) else {
                    throw PulpError(.notFound, "there is no user \(name.debugDescription)")
                }
                return try RoleBindings.permissions(of: user, on: prn, under: rules, in: db)
            }
            if session.options.json { return session.show(["permissions": permissions.json]) }
            session.list(permissions.map { ["permission": $0.json] }, columns: ["permission"])
        }
    }
}
