import ArgumentParser
import PulpCore

/// `group`: users who are given roles together.
struct GroupNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "group", "Users who are given roles together.",
        examples: [
            "group create --name release", "group user add --group release --username ann",
            "group role-assignment add --group release --role file.filerepository_owner --object prn:file.filerepository:…",
            "group role add --name release --role core.group_viewer --user ann",
        ],
        verbs: [
            GroupCreate.self, GroupList.self, GroupShow.self, GroupDestroy.self, GroupUserNoun.self, GroupRoleNoun.self,
            RoleAssignmentNoun<GroupHolderOptions>.self,
        ])
}

/// The options that name one group.
struct GroupOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The group.", valueName: "name")) var name: String?
    @Option(
        name: [.customLong("href"), .customLong("prn")], help: ArgumentHelp("The group, by its PRN or href.", valueName: "prn"))
    var href: String?

    init() {}

    func validate() throws {
        if (name == nil) == (href == nil) { throw ArgumentParser.ValidationError("say which group: --name or --prn") }
    }

    func find(in session: Session) async throws -> Group { try await session.group(name ?? href ?? "") }
}

/// The same where `--name` would mean something else.
struct GroupHolderOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The group.", valueName: "name or prn")) var group: String

    init() {}
}

extension Session {
    /// The group that a name, a PRN or an href stands for.
    /// - Throws: ``PulpError`` with `notFound`.
    func group(_ text: String) async throws -> Group {
        let found = try await pulp.database.read { db in
            if text.hasPrefix("prn:") || text.hasPrefix("/") {
                return try Groups.find(ID(prn: "prn:core.group:\(text.lastSegment)"), in: db)
            }
            return try Groups.find(named: text, in: db)
        }
        guard let found else { throw PulpError(.notFound, "there is no group \(text.debugDescription)") }
        return found
    }
}

struct GroupCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a group.")

    @Option(help: ArgumentHelp("A name for the group.", valueName: "name")) var name: String
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { [name] session in
            let rules = session.pulp.rules
            session.show(
                try await session.pulp.database.write { db in try Groups.insert(Group(name: name), under: rules, in: db) }.object)
        }
    }
}

struct GroupList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List groups.")

    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let objects = try await session.pulp.database.read { db in try Groups.list(in: db) }.map(\.object)
            session.list(page.select(page.apply(to: objects)), columns: page.columns(default: ["id", "name", "prn"]))
        }
    }
}

struct GroupShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a group.")

    @OptionGroup var group: GroupOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in session.show(try await group.find(in: session).object) }
    }
}

struct GroupDestroy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy", abstract: "Delete a group, with the roles that it was given; its members stay.")

    @OptionGroup var group: GroupOptions
    @Flag(help: "Say what would be deleted, and delete nothing.") var dryRun = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let found = try await group.find(in: session)
            if !dryRun { try await session.pulp.database.write { db in _ = try Groups.delete(found.id, in: db) } }
            session.report(
                "\(dryRun ? "would delete" : "deleted") the group \(found.name)",
                ["prn": .string(found.id.prn), "destroyed": .bool(!dryRun)])
        }
    }
}

/// `group user`: the members.
struct GroupUserNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "user", "The members of a group.", examples: ["group user add --group release --username ann"],
        verbs: [GroupUserAdd.self, GroupUserList.self, GroupUserRemove.self])
}

struct GroupUserAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Make a user a member.")

    @OptionGroup var group: GroupHolderOptions
    @OptionGroup var user: UserOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let (group, user) = (try await session.group(group.group), try await user.find(in: session))
            try await session.pulp.database.write { db in try Groups.add(user.id, to: group.id, in: db) }
            session.report("\(user.name) is a member of \(group.name)", ["username": .string(user.name), "group": .string(group.name)])
        }
    }
}

struct GroupUserList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the members.")

    @OptionGroup var group: GroupHolderOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let group = try await session.group(group.group)
            let users = try await session.pulp.database.read { db in
                try Users.list(where: Groups.members(of: group.id), order: "t.username", in: db)
            }
            let objects = users.map { ["username": .string($0.name), "prn": .string($0.id.prn)] as JSON.Object }
            session.list(page.select(page.apply(to: objects)), columns: page.columns(default: ["username", "prn"]))
        }
    }
}

struct GroupUserRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: "End a membership.")

    @OptionGroup var group: GroupHolderOptions
    @OptionGroup var user: UserOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let (group, user) = (try await session.group(group.group), try await user.find(in: session))
            let wasMember = try await session.pulp.database.write { db in try Groups.remove(user.id, from: group.id, in: db) }
            guard wasMember else { throw PulpError(.notFound, "\(user.name) is no member of \(group.name)") }
            session.report(
                "\(user.name) is no member of \(group.name) any more", ["username": .string(user.name), "group": .string(group.name)])
        }
    }
}
