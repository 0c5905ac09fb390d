import ArgumentParser
import PulpCore

/// `role`: permissions under one name.
struct RoleNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "role", "Permissions under one name, to be given to users and groups.",
        examples: [
            "role create --name publisher --permission file.view_filerepository --permission file.add_filepublication",
            "role list --name-contains file. --locked", "role update --name publisher --description 'May publish'",
        ],
        verbs: [RoleCreate.self, RoleList.self, RoleShow.self, RoleUpdate.self, RoleDestroy.self])
}

/// The options that name one role.
struct RoleOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The role.", valueName: "name")) var name: String?
    @Option(
        name: [.customLong("href"), .customLong("prn")], help: ArgumentHelp("The role, by its PRN or href.", valueName: "prn"))
    var href: String?

    init() {}

    func validate() throws {
        if (name == nil) == (href == nil) { throw ArgumentParser.ValidationError("say which role: --name or --prn") }
    }

    func find(in session: Session) async throws -> Role {
        let found = try await session.pulp.database.read { [name, href] db in
            if let name { return try Roles.find(named: name, in: db) }
            return try Roles.find(ID(prn: "prn:core.role:\((href ?? "").lastSegment)"), in: db)
        }
        guard let found else { throw PulpError(.notFound, "there is no role \((name ?? href ?? "").debugDescription)") }
        return found
    }
}

/// The options for what a role is.
struct RoleDetails: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("What it is for; nothing for no description.", valueName: "text")) var description: String?
    @Option(
        name: .customLong("permission"), help: ArgumentHelp("What it allows; may be repeated.", valueName: "app.verb_model"))
    var permissions: [String] = []
    @Flag(help: "It allows nothing.") var noPermission = false

    init() {}

    func validate() throws {
        if noPermission, !permissions.isEmpty { throw ArgumentParser.ValidationError("say --permission or --no-permission, not both") }
    }

    /// Changes what is given.
    func apply(to role: inout Role) throws {
        var body = JSON.Object()
        if let description { body["description"] = description.isEmpty ? .null : .string(description) }
        if noPermission || !permissions.isEmpty { body["permissions"] = permissions.json }
        guard !body.isEmpty else { throw PulpError(.invalid, "nothing to change was given") }
        try Role.fields.apply(body, to: &role, .update)
    }
}

struct RoleCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a role.",
        discussion: """
            EXAMPLES:
              pulpctl role create --name publisher --permission file.view_filerepository --permission file.add_filepublication
            """)

    @Option(help: ArgumentHelp("A name for the role.", valueName: "name")) var name: String
    @OptionGroup var details: RoleDetails
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if details.permissions.isEmpty, !details.noPermission {
            throw ArgumentParser.ValidationError("say what it allows: --permission, or --no-permission")
        }
    }

    func run() async throws {
        try await shared.run { session in
            var role = Role(name: name, permissions: [])
            try details.apply(to: &role)
            let (new, rules) = (role, session.pulp.rules)
            session.show(try await session.pulp.database.write { db in try Roles.insert(new, under: rules, in: db) }.object)
        }
    }
}

struct RoleList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List roles by their names.")

    @Option(help: ArgumentHelp("Only this role.", valueName: "name")) var name: String?
    @Option(help: ArgumentHelp("Only one of these roles.", valueName: "name,…")) var nameIn: String?
    @Option(help: ArgumentHelp("Only where the name contains this.", valueName: "text")) var nameContains: String?
    @Option(help: ArgumentHelp("Only where the name contains this, in whatever case.", valueName: "text")) var nameIcontains: String?
    @Option(help: ArgumentHelp("Only where the name begins with this.", valueName: "text")) var nameStartswith: String?
    @Flag(inversion: .prefixedNo, help: "Only those that came with the program, or only others.") var locked: Bool?
    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let given: [(String, String?)] = [
                ("name", name), ("name__in", nameIn), ("name__contains", nameContains), ("name__icontains", nameIcontains),
                ("name__startswith", nameStartswith), ("locked", locked.map { "\($0)" }),
            ]
            let filters = Role.fields.flatMap(\.filters)
            let conditions = try given.compactMap { name, text in
                try text.flatMap { text in try filters.first { $0.name == name }?.condition(text) }
            }
            let condition = ([SQL("TRUE")] + conditions).joined(separator: " AND ")
            let objects = try await session.pulp.database.read { db in try Roles.list(where: condition, in: db) }.map(\.object)
            session.list(
                page.select(page.apply(to: objects)), columns: page.columns(default: ["name", "description", "locked", "permissions"]))
        }
    }
}

struct RoleShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a role.")

    @OptionGroup var role: RoleOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in session.show(try await role.find(in: session).object) }
    }
}

struct RoleUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change what a role is for, or replace what it allows.")

    @OptionGroup var role: RoleOptions
    @OptionGroup var details: RoleDetails
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var changed = try await role.find(in: session)
            try details.apply(to: &changed)
            let (new, rules) = (changed, session.pulp.rules)
            session.show(try await session.pulp.database.write { db in try Roles.update(new, under: rules, in: db) }.object)
        }
    }
}

struct RoleDestroy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy", abstract: "Delete a role, and take it from everybody who has it.")

    @OptionGroup var role: RoleOptions
    @Flag(help: "Say what would be deleted, and delete nothing.") var dryRun = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let found = try await role.find(in: session)
            if !dryRun { try await session.pulp.database.write { db in try Roles.delete(found.id, in: db) } }
            session.report(
                "\(dryRun ? "would delete" : "deleted") the role \(found.name)",
                ["prn": .string(found.id.prn), "destroyed": .bool(!dryRun)])
        }
    }
}
