import ArgumentParser
import PulpCore

/// The options that say who was given a role.
protocol HolderOptions: ParsableArguments, Sendable {
    /// `user` or `group`.
    static var noun: String { get }
    /// - Throws: ``PulpError`` with `notFound`.
    func holder(in session: Session) async throws -> (holder: RoleBinding.Holder, name: String)
}

extension UserOptions: HolderOptions {
    static var noun: String { "user" }
    func holder(in session: Session) async throws -> (holder: RoleBinding.Holder, name: String) {
        let user = try await find(in: session)
        return (.user(user.id), user.name)
    }
}

extension GroupHolderOptions: HolderOptions {
    static var noun: String { "group" }
    func holder(in session: Session) async throws -> (holder: RoleBinding.Holder, name: String) {
        let group = try await session.group(group)
        return (.group(group.id), group.name)
    }
}

/// `role-assignment`: the roles that a user or a group was given.
struct RoleAssignmentNoun<Holder: HolderOptions>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let option = Holder.noun == "user" ? "--username ann" : "--group release"
        return .noun(
            "role-assignment", "The roles that a \(Holder.noun) was given.",
            examples: [
                "\(Holder.noun) role-assignment add \(option) --role file.filerepository_creator",
                "\(Holder.noun) role-assignment add \(option) --role file.filerepository_owner --object prn:file.filerepository:…",
                "\(Holder.noun) role-assignment list \(option)",
            ],
            verbs: [RoleAssignmentAdd<Holder>.self, RoleAssignmentList<Holder>.self, RoleAssignmentRemove<Holder>.self])
    }
}

/// The options that say what a role is given for.
struct AssignmentPlace: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("For this object alone; nothing for all there is.", valueName: "prn or href")) var object: String?
    @Option(help: ArgumentHelp("For all of this domain.", valueName: "name or prn")) var domain: String?

    init() {}

    func validate() throws {
        if object?.isEmpty == false, domain != nil { throw ArgumentParser.ValidationError("say --object or --domain, not both") }
    }

    /// Nil when nothing is said.
    /// - Throws: ``PulpError`` with `notFound` when there is no such domain, with `invalid` when the object is no PRN or href.
    func place(in session: Session) async throws -> RoleBinding.Place? {
        if let domain {
            let prn = try await session.pulp.database.read { db in
                try db.value("SELECT prn FROM domain WHERE name = \(domain) OR prn = \(domain)", as: String.self)
            }
            guard let prn else { throw PulpError(.notFound, "there is no domain \(domain.debugDescription)") }
            return .domain(prn)
        }
        guard let object else { return nil }
        if object.isEmpty { return .everything }
        guard let prn = session.pulp.rules.prn(argument: object) else {
            throw PulpError(.invalid, "--object: \(object.debugDescription) is no PRN and no href")
        }
        return .object(prn)
    }
}

extension AccessRules {
    /// The PRN that a PRN or an href of the REST API stands for; nil when it is neither.
    func prn(argument text: String) -> String? {
        if text.hasPrefix("prn:") { return text }
        guard let root = text.firstRange(of: "/api/v3/") else { return nil }
        let segments = text[root.upperBound...].split(separator: "/")
        guard let last = segments.last, let model = viewset(named: segments.dropLast().joined(separator: "/"))?.model else { return nil }
        return "prn:\(model):\(last)"
    }
}

struct RoleAssignmentAdd<Holder: HolderOptions>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "add", abstract: "Give a \(Holder.noun) a role, for all there is unless more is said.")
    }

    @OptionGroup var holder: Holder
    @Option(help: ArgumentHelp("The role.", valueName: "name")) var role: String
    @OptionGroup var place: AssignmentPlace
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { [role] session in
            let holder = try await holder.holder(in: session).holder
            let (place, rules) = (try await place.place(in: session) ?? .everything, session.pulp.rules)
            session.show(
                try await session.pulp.database.write { db in
                    try RoleBindings.give(role, to: holder, for: place, under: rules, in: db)
                }.object)
        }
    }
}

struct RoleAssignmentRemove<Holder: HolderOptions>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "remove", abstract: "Take a role, as it was given.")
    }

    @OptionGroup var holder: Holder
    @Option(help: ArgumentHelp("The role.", valueName: "name")) var role: String
    @OptionGroup var place: AssignmentPlace
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { [role] session in
            let (holder, name) = try await holder.holder(in: session)
            let place = try await place.place(in: session) ?? .everything
            try await session.pulp.database.write { db in try RoleBindings.take(role, from: holder, for: place, in: db) }
            session.report("took the role \(role) from \(name)", ["role": .string(role), Holder.noun: .string(name)])
        }
    }
}

struct RoleAssignmentList<Holder: HolderOptions>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "List the roles that a \(Holder.noun) was given.")
    }

    @OptionGroup var holder: Holder
    @Option(help: ArgumentHelp("Only this role.", valueName: "name")) var role: String?
    @Option(help: ArgumentHelp("Only one of these roles.", valueName: "name,…")) var roleIn: String?
    @Option(help: ArgumentHelp("Only roles whose name contains this.", valueName: "text")) var roleContains: String?
    @Option(help: ArgumentHelp("Only roles whose name contains this, in whatever case.", valueName: "text")) var roleIcontains: String?
    @Option(help: ArgumentHelp("Only roles whose name begins with this.", valueName: "text")) var roleStartswith: String?
    @OptionGroup var place: AssignmentPlace
    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var condition = RoleBindings.condition(of: try await holder.holder(in: session).holder)
            if let place = try await place.place(in: session) { condition += " AND " + RoleBindings.condition(for: place) }
            let all = condition
            let bindings = try await session.pulp.database.read { db in try RoleBindings.list(where: all, in: db) }
            let given: [(Condition.Lookup, String?)] = [
                (.exact, role), (.in, roleIn), (.contains, roleContains), (.icontains, roleIcontains), (.startswith, roleStartswith),
            ]
            let tests = try given.compactMap { lookup, text in
                try text.map { try Condition(field: "role", lookup: lookup, text: $0).predicate(of: "--role") }
            }
            let objects = bindings.map(\.object).filter { object in tests.allSatisfy { $0(object) } }
            session.list(
                page.select(page.apply(to: objects)),
                columns: page.columns(default: ["role", "content_object_prn", "domain", "permissions"]))
        }
    }
}
