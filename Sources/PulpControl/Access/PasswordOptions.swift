import ArgumentParser
import PulpConfiguration
import PulpCore

/// The options that say where a new password comes from.
struct PasswordOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The password; others on this machine may see it there.", valueName: "text")) var password: String?
    @Option(
        help: ArgumentHelp("A file whose first line is the password; - is standard input.", valueName: "path"), completion: .file())
    var passwordFile: String?
    @Flag(help: "Make a password that nobody guesses, and write it.") var random = false

    init() {}

    func validate() throws {
        if [password != nil, passwordFile != nil, random].filter({ $0 }).count > 1 {
            throw ArgumentParser.ValidationError("say --password, --password-file or --random, not several")
        }
    }

    /// The password that the options name; nil when they name none.
    /// - Throws: ``PulpError`` with `invalid` when it is not there.
    func given(in session: Session) throws -> String? {
        if random { return DataDirectory.randomPassword() }
        if let passwordFile { return try Invocation.current.keyboard.password(inFile: passwordFile, session.read) }
        return password
    }

    /// The same, and what is typed when the options name none.
    func required(of name: String, in session: Session) throws -> String {
        try given(in: session) ?? Invocation.current.keyboard.newPassword(of: name)
    }

    /// What is said of a password that was set: the password itself, when nobody else knows it.
    func report(_ sentence: String, _ password: String, _ name: String, in session: Session) {
        var object: JSON.Object = ["username": .string(name)]
        if random { object["password"] = .string(password) }
        // Nobody would ever know it otherwise.
        if random, session.options.quiet { return session.terminal.print(password) }
        session.report(random ? "\(sentence): \(password)" : sentence, object)
    }
}

/// `reset-admin-password`: lets the administrator in again.
struct ResetAdminPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-admin-password", abstract: "Give the user admin another password; make that user when there is none.",
        discussion: """
            Asks for the password unless an option says it. Whoever is logged in as admin is logged out.

            EXAMPLES:
              pulpctl reset-admin-password
              pulpctl reset-admin-password --random
              pulpctl reset-admin-password --password-file - <secret.txt
            """)

    @OptionGroup var options: PasswordOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let isConfigured = try await shared.installation().administratorPassword != nil
        try await shared.run { session in
            let password = try options.required(of: Users.administrator, in: session)
            try PasswordRules.checkForm(password)
            let hash = try PasswordHash(password)
            try await session.pulp.database.write { db in try Users.setAdministrator(password: hash, in: db) }
            // The one that pulpd kept there would let nobody in any more.
            _ = try DataDirectory(session.pulp.settings.dataDirectory).ensurePassword(password)
            if isConfigured { session.terminal.note("pulpctl: pulpd sets the password of PULP_ADMIN_PASSWORD again when it starts") }
            options.report("the user admin has another password", password, Users.administrator, in: session)
        }
    }
}
