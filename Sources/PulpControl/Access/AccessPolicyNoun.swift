import ArgumentParser
import PulpCore

/// `access-policy`: who may do what in each part of the API.
struct AccessPolicyNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "access-policy", "Who may do what in each part of the REST API.",
        examples: [
            "access-policy list", "access-policy show --viewset-name repositories/file/file",
            "access-policy update --viewset-name remotes/file/file --statements @statements.json",
            "access-policy reset --viewset-name remotes/file/file",
        ],
        verbs: [AccessPolicyList.self, AccessPolicyShow.self, AccessPolicyUpdate.self, AccessPolicyReset.self])
}

/// The options that name one policy.
struct AccessPolicyOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The part of the API.", valueName: "path")) var viewsetName: String?
    @Option(
        name: [.customLong("href"), .customLong("prn")], help: ArgumentHelp("The policy, by its PRN or href.", valueName: "prn"))
    var href: String?

    init() {}

    func validate() throws {
        if (viewsetName == nil) == (href == nil) { throw ArgumentParser.ValidationError("say which policy: --viewset-name or --prn") }
    }

    func find(in session: Session) async throws -> AccessPolicyRecord {
        let rules = session.pulp.rules
        let found = try await session.pulp.database.read { [viewsetName, href] db in
            if let viewsetName { return try rules.policies(where: "t.viewset_name = \(viewsetName)", in: db).first }
            return try rules.policy(ID(prn: "prn:core.accesspolicy:\((href ?? "").lastSegment)"), in: db)
        }
        guard let found else { throw PulpError(.notFound, "there is no access policy \((viewsetName ?? href ?? "").debugDescription)") }
        return found
    }
}

struct AccessPolicyList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the policies.")

    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let rules = session.pulp.rules
            let objects = try await session.pulp.database.read { db in try rules.policies(in: db) }.map(\.object)
            session.list(
                page.select(page.apply(to: objects)), columns: page.columns(default: ["viewset_name", "customized", "pulp_last_updated"]))
        }
    }
}

struct AccessPolicyShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a policy.")

    @OptionGroup var policy: AccessPolicyOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in session.show(try await policy.find(in: session).object) }
    }
}

struct AccessPolicyUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Replace parts of a policy.",
        discussion: """
            EXAMPLES:
              pulpctl access-policy update --viewset-name remotes/file/file --statements @statements.json
              pulpctl access-policy update --viewset-name remotes/file/file --creation-hooks '[]'
            """)

    @OptionGroup var policy: AccessPolicyOptions
    @Option(help: ArgumentHelp("What is allowed: a JSON list, or @ and a file with one.", valueName: "json")) var statements: String?
    @Option(help: ArgumentHelp("Who is given roles on what is made: a JSON list, or @ and a file with one.", valueName: "json"))
    var creationHooks: String?
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var body = JSON.Object()
            if let statements { body["statements"] = .array(try session.list(statements, "--statements", of: "statements")) }
            if let creationHooks { body["creation_hooks"] = .array(try session.list(creationHooks, "--creation-hooks", of: "hooks")) }
            guard !body.isEmpty else { throw PulpError(.invalid, "nothing to change was given") }
            let record = try await policy.find(in: session)
            var changed = record.policy
            try changed.apply(body, .update)
            let (new, rules) = (changed, session.pulp.rules)
            session.show(try await session.pulp.database.write { db in try rules.customize(record.id, new, in: db) }.object)
        }
    }
}

struct AccessPolicyReset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "reset", abstract: "Let a policy be as it came with the program.")

    @OptionGroup var policy: AccessPolicyOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let (record, rules) = (try await policy.find(in: session), session.pulp.rules)
            session.show(try await session.pulp.database.write { db in try rules.reset(record.id, in: db) }.object)
        }
    }
}
