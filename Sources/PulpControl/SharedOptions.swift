import ArgumentParser
import Foundation
import Logging
import PulpConfiguration
import PulpCore
import PulpPlugins

/// The options that every command has.
struct SharedOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp("The folder of the store (default: PULP_DATA_DIR, else ./pulp-data)", valueName: "path"), completion: .directory)
    var dataDir: String?

    @Flag(help: "Write JSON, as the REST API shows it.")
    var json = false

    @Flag(name: .shortAndLong, help: "Write nothing but failures.")
    var quiet = false

    init() {}

    /// Lets shared options stand before the command too, as in `pulpctl --json task list`.
    static func movedBehindCommand(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var moved: [String] = []
        while let first = rest.first {
            if ["--json", "--quiet", "-q"].contains(first) || first.hasPrefix("--data-dir=") {
                moved.append(rest.removeFirst())
            } else if first == "--data-dir", rest.count > 1 {
                moved += [rest.removeFirst(), rest.removeFirst()]
            } else {
                break
            }
        }
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return rest.isEmpty ? arguments : rest[..<end] + moved + rest[end...]
    }

    /// What a command does when there is no store yet.
    enum MissingStore { case refuse, make }

    /// Opens the store for a command, and closes it whatever comes.
    /// - Parameter missing: only what fills a store makes one, so that a mistyped folder is no empty store.
    func run(_ missing: MissingStore = .refuse, _ body: (Session) async throws -> Void) async throws {
        let installation = try await installation()
        let directory = installation.settings.dataDirectory
        guard missing == .make || FileManager.default.fileExists(atPath: directory) else {
            throw PulpError(.systemState, "there is no store in \(directory): name another with --data-dir or PULP_DATA_DIR")
        }
        try DataDirectory(directory).requireWhole()
        try await run(installation, on: nil, body)
    }

    /// What is configured of the store that a command works on.
    func installation() async throws -> Installation {
        var logger = Logger(label: "pulpctl") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        return try await Installation.load(dataDirectory: dataDir, environment: Invocation.current.environment, logger: logger)
    }

    /// Opens the store, on a database that may be open already, and closes both whatever comes.
    func run(_ installation: Installation, on database: (any Database)?, _ body: (Session) async throws -> Void) async throws {
        let pulp = try await installation.open(database, plugins: .all)
        let session = Session(pulp: pulp, terminal: Invocation.current.terminal, options: self)
        let result: Result<Void, any Error>
        do { result = .success(try await body(session)) } catch { result = .failure(error) }
        // What a canceled command must still do, it does unhindered.
        try await Task { try await pulp.close() }.value
        try result.get()
    }
}
