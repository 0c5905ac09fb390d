import ArgumentParser
import PulpCore

/// `user`: who may use the API.
struct UserNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "user", "Who may use the REST API.",
        examples: [
            "user create --username ann --random", "user list", "user update --username ann --no-active",
            "user reset-password --username ann --password-file secret.txt",
            "user role-assignment add --username ann --role file.filerepository_creator", "user destroy --username ann",
        ],
        verbs: [
            UserCreate.self, UserList.self, UserShow.self, UserUpdate.self, UserResetPassword.self, UserDestroy.self,
            RoleAssignmentNoun<UserOptions>.self,
        ])
}

/// The options that name one user.
struct UserOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The user.", valueName: "name")) var username: String?
    @Option(
        name: [.customLong("href"), .customLong("prn")], help: ArgumentHelp("The user, by its PRN or href.", valueName: "prn"))
    var href: String?

    init() {}

    func validate() throws {
        if (username == nil) == (href == nil) { throw ArgumentParser.ValidationError("say which user: --username or --prn") }
    }

    /// - Throws: ``PulpError`` with `notFound`.
    func find(in session: Session) async throws -> User {
        let found = try await session.pulp.database.read { [username, href] db in
            if let username { return try Users.find(named: username, in: db) }
            return try Users.find(ID(prn: "prn:auth.user:\((href ?? "").lastSegment)"), in: db)
        }
        guard let found else { throw PulpError(.notFound, "there is no user \((username ?? href ?? "").debugDescription)") }
        return found
    }
}

extension String {
    /// The identity at the end of a PRN or an href.
    var lastSegment: String { split { $0 == ":" || $0 == "/" }.last.map(String.init) ?? self }
}

/// The options for what else is known of a user.
struct UserDetails: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("Where the user gets mail.", valueName: "address")) var email: String?
    @Option(help: ArgumentHelp("The given name.", valueName: "text")) var firstName: String?
    @Option(help: ArgumentHelp("The family name.", valueName: "text")) var lastName: String?
    @Flag(inversion: .prefixedNo, help: "Whether other programs take the user for one of the staff.") var staff: Bool?
    @Flag(inversion: .prefixedNo, help: "Whether the user may log in.") var active: Bool?
    @Flag(inversion: .prefixedNo, help: "Whether the user may do everything.") var administrator: Bool?

    init() {}

    /// Changes what is given.
    func apply(to user: inout User) {
        if let email { user.email = email }
        if let firstName { user.firstName = firstName }
        if let lastName { user.lastName = lastName }
        if let staff { user.isStaff = staff }
        if let active { user.isActive = active }
        if let administrator { user.isAdministrator = administrator }
    }
}

extension Session {
    /// Shows a user.
    func show(_ user: User) async throws {
        let groups = try await pulp.database.read { db in try Groups.groups(of: [user], in: db)[user.number] ?? [] }
        show(options.json ? user.object(groups: groups) : user.readable(groups: groups))
    }
}

struct UserCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a user.",
        discussion: """
            A user without a password cannot log in with one.

            EXAMPLES:
              pulpctl user create --username ann --email ann@example.org --random
              pulpctl user create --username bob --password-file - <secret.txt
            """)

    @Option(help: ArgumentHelp("The name to log in with.", valueName: "name")) var username: String
    @OptionGroup var passwords: PasswordOptions
    @OptionGroup var details: UserDetails
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var user = User(name: username)
            details.apply(to: &user)
            let password = try passwords.given(in: session)
            if let password {
                try PasswordRules.check(password)
                user.password = try PasswordHash(password)
            }
            let new = user
            let stored = try await session.pulp.database.write { db in try Users.insert(new, in: db) }
            if passwords.random, let password { session.terminal.note("The password of \(username) is \(password)") }
            try await session.show(stored)
        }
    }
}

struct UserList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List users, the youngest first.")

    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let (users, groups) = try await session.pulp.database.read { db in
                let users = try Users.list(in: db)
                return (users, try Groups.groups(of: users, in: db))
            }
            let objects = users.map { user in
                let own = groups[user.number] ?? []
                return session.options.json ? user.object(groups: own) : user.readable(groups: own)
            }
            session.list(
                page.select(page.apply(to: objects)),
                columns: page.columns(default: ["id", "username", "email", "is_active", "is_superuser", "groups", "date_joined"]))
        }
    }
}

struct UserShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a user.")

    @OptionGroup var user: UserOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in try await session.show(try await user.find(in: session)) }
    }
}

struct UserUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change what is known of a user.",
        discussion: """
            EXAMPLES:
              pulpctl user update --username ann --last-name Müller
              pulpctl user update --username ann --no-active
            """)

    @OptionGroup var user: UserOptions
    @OptionGroup var passwords: PasswordOptions
    @OptionGroup var details: UserDetails
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let previous = try await user.find(in: session)
            var changed = previous
            details.apply(to: &changed)
            let password = try passwords.given(in: session)
            if let password {
                try PasswordRules.check(password)
                changed.password = try PasswordHash(password)
            }
            guard changed != previous else { throw PulpError(.invalid, "nothing to change was given") }
            let new = changed
            try await session.pulp.database.write { db in try Users.update(new, in: db) }
            if passwords.random, let password { session.terminal.note("The password of \(new.name) is \(password)") }
            try await session.show(new)
        }
    }
}

struct UserResetPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-password", abstract: "Give a user another password, and end the user's sessions.",
        discussion: """
            Asks for the password unless an option says it.

            EXAMPLES:
              pulpctl user reset-password --username ann
              pulpctl user reset-password --username ann --random
            """)

    @OptionGroup var user: UserOptions
    @OptionGroup var passwords: PasswordOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var changed = try await user.find(in: session)
            let password = try passwords.required(of: changed.name, in: session)
            try PasswordRules.check(password)
            changed.password = try PasswordHash(password)
            let new = changed
            try await session.pulp.database.write { db in try Users.update(new, in: db) }
            passwords.report("the user \(new.name) has another password", password, new.name, in: session)
        }
    }
}

struct UserDestroy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy", abstract: "Delete a user, with the roles that the user was given.")

    @OptionGroup var user: UserOptions
    @Flag(help: "Say what would be deleted, and delete nothing.") var dryRun = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let found = try await user.find(in: session)
            if !dryRun { try await session.pulp.database.write { db in try Users.delete(found.id, in: db) } }
            session.report(
                "\(dryRun ? "would delete" : "deleted") the user \(found.name)",
                ["prn": .string(found.id.prn), "destroyed": .bool(!dryRun)])
        }
    }
}
