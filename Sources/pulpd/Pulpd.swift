import ArgumentParser
import Foundation
import Logging
import NIOCore
import PulpConfiguration
import PulpCore
import PulpPlugins
import ServiceLifecycle
import UnixSignals

/// The service: reads the configuration, opens the store, and runs its roles until it is told to stop.
@main
struct Pulpd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pulpd",
        abstract: "Mirror, version, publish and serve software repositories.",
        discussion: """
            Everything is configured by the environment (PULP_NAME) or by pulp.yaml (name: value).

            Examples:
              pulpd                                       serve ./pulp-data, all roles, SQLite
              pulpd --data-dir /srv/pulp                  another data directory
              PULP_CONTENT_LISTEN='*:80' pulpd            serve content to everybody
              PULP_ROLES=content pulpd --config pulp.yaml one role of many processes

            Variables:
              PULP_DATA_DIR (./pulp-data), PULP_DATABASE_URL (SQLite in there; postgresql://…),
              PULP_CONTENT_LISTEN (127.0.0.1:24816), PULP_API_LISTEN (127.0.0.1:24817),
              PULP_CONTENT_ORIGIN, PULP_CONTENT_PATH_PREFIX (/pulp/content/), PULP_API_ROOT (/pulp/),
              PULP_ROLES (api,content,worker,scheduler), PULP_WORKERS (2),
              PULP_EVENT_LOOPS (half of the cores, at most 4),
              PULP_TLS_CERTIFICATE, PULP_TLS_KEY (of the content server), PULP_ADMIN_PASSWORD,
              PULP_MEDIA_ROOT (media in the data directory), PULP_DB_ENCRYPTION_KEY (database.key in the data directory),
              PULP_ALLOWED_IMPORT_PATHS, PULP_ALLOWED_CONTENT_CHECKSUMS, PULP_ORPHAN_PROTECTION_TIME (minutes),
              PULP_REMOTE_CONTENT_FETCH_FAILURE_COOLDOWN, PULP_TASK_GRACE_INTERVAL (seconds), PULP_WORKER_TTL (30 seconds),
              PULP_REMOTE_PROXY_URL, PULP_REMOTE_USER_AGENT, PULP_REMOTE_DOWNLOAD_CONCURRENCY (10),
              PULP_REMOTE_MAX_RETRIES (3), PULP_REMOTE_MAXIMUM_SIZE (bytes), PULP_REMOTE_TOTAL_TIMEOUT,
              PULP_REMOTE_CONNECT_TIMEOUT, PULP_REMOTE_SOCK_CONNECT_TIMEOUT, PULP_REMOTE_SOCK_READ_TIMEOUT
              (seconds, 0 for none; of all remotes that do not say otherwise),
              PULP_ALLOW_PRIVATE_REMOTES, PULP_LOG_LEVEL (info), PULP_SETTINGS (a YAML file)

            The log, on standard error, has one line for each event: at info a task that ended, at warning a request that failed
            (5xx) with the reason, at debug every other request and each download that is tried again.
            """,
        version: Pulp.version)

    @Option(help: "Where everything is kept; overrides PULP_DATA_DIR.")
    var dataDir: String?

    @Option(help: "The YAML file to read; overrides PULP_SETTINGS.")
    var config: String?

    func run() async throws {
        do {
            var installation = try await Installation.load(dataDirectory: dataDir, file: config)
            let level = installation.logLevel
            LoggingSystem.bootstrap { label in
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
            installation.settings.logger = Logger(label: "pulp")
            for name in installation.unknownNames {
                installation.settings.logger.warning("no such setting", metadata: ["name": "\(name)"])
            }
            try await serve(installation)
        } catch let error as PulpError {
            FileHandle.standardError.write(Data("pulpd: \(error.message)\n".utf8))
            throw ExitCode.failure
        }
    }

    private func serve(_ installation: Installation) async throws {
        Process.raiseFileLimit()
        NIOSingletons.groupLoopCountSuggestion = installation.eventLoops
        NIOSingletons.blockingPoolThreadCountSuggestion = 2
        let directory = try DataDirectory(installation.settings.dataDirectory)
        try directory.requireWhole()
        if let password = try directory.ensurePassword(installation.administratorPassword) {
            let line = "The password of the user admin is \(password), kept in \(directory.passwordFile)\n"
            FileHandle.standardOutput.write(Data(line.utf8))
        }
        let pulp = try await Pulp(
            settings: installation.settings, database: try installation.openDatabase(), plugins: .all)
        let logger = installation.settings.logger
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(
                    service: Roles(pulp: pulp, installation: installation),
                    successTerminationBehavior: .gracefullyShutdownGroup)
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], cancellationSignals: [.sigquit], logger: logger)
        // A little more than what the parts take by themselves, for what would not end.
        configuration.maximumGracefulShutdownDuration = installation.settings.graceInterval + .seconds(30)
        configuration.maximumCancellationDuration = .seconds(10)
        let failure: (any Error)?
        do {
            try await ServiceGroup(configuration: configuration).run()
            failure = nil
        } catch {
            failure = error
        }
        try await pulp.close()
        if let failure { throw failure }
        logger.info("pulpd ended")
    }
}
