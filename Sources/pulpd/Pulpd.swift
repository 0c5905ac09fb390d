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
              PULP_STORAGE (local; s3), and for s3: PULP_AWS_STORAGE_BUCKET_NAME, PULP_AWS_S3_REGION_NAME (us-east-1),
              PULP_AWS_S3_ENDPOINT_URL (Amazon's), PULP_AWS_S3_ADDRESSING_STYLE (auto; path, virtual), PULP_AWS_LOCATION (a prefix),
              PULP_AWS_ACCESS_KEY_ID, PULP_AWS_SECRET_ACCESS_KEY, PULP_AWS_SESSION_TOKEN (else AWS's own variables, the shared
              file or the machine's role), PULP_AWS_S3_CA_FILE (PEM), PULP_REDIRECT_TO_OBJECT_STORAGE (true),
              PULP_AWS_QUERYSTRING_EXPIRE (3600, seconds),
              PULP_ALLOW_PRIVATE_REMOTES, PULP_LOG_LEVEL (info), PULP_SETTINGS (a YAML file)

            SIGTERM and SIGHUP end it when running requests and tasks have ended; SIGINT fails tasks that take longer than
            PULP_TASK_GRACE_INTERVAL, a second SIGINT fails them at once.

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
            throw Self.failure(error.message)
        } catch let error as DatabaseError {
            throw Self.failure("the database: \(error)")
        }
    }

    private static func failure(_ reason: String) -> ExitCode {
        FileHandle.standardError.write(Data("pulpd: \(reason)\n".utf8))
        return .failure
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
        let pulp = try await installation.open(plugins: .all)
        if installation.roles.contains(.api) {
            // What an operator configured counts; what this machine made up does only where nobody was first.
            try await pulp.ensureAdministrator(
                password: try directory.password(), isReplacing: installation.administratorPassword != nil)
        }
        let logger = installation.settings.logger
        let (stops, stop) = AsyncStream.makeStream(of: Duration?.self)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(
                    service: Roles(pulp: pulp, installation: installation, stops: stops),
                    successTerminationBehavior: .gracefullyShutdownGroup)
            ],
            cancellationSignals: [.sigquit], logger: logger)
        if !installation.roles.contains(.worker) {
            // A little more than what the parts take by themselves, for what would not end.
            configuration.maximumGracefulShutdownDuration = installation.settings.graceInterval + .seconds(30)
        }
        configuration.maximumCancellationDuration = .seconds(10)
        let group = ServiceGroup(configuration: configuration)
        // Caught before anybody can see this process serve or work.
        let caught = await UnixSignalsSequence(trapping: .sigterm, .sighup, .sigint)
        let signals = Task { await Self.obey(caught, stop, group, grace: installation.settings.graceInterval) }
        let failure: (any Error)?
        do {
            try await group.run()
            failure = nil
        } catch {
            failure = error
        }
        signals.cancel()
        try await pulp.close()
        if let failure { throw failure }
        logger.info("pulpd ended")
    }

    /// Stops as Pulp's workers do: SIGTERM and SIGHUP let running tasks end, SIGINT gives them the grace time, a second SIGINT none.
    private static func obey(
        _ signals: UnixSignalsSequence, _ stop: AsyncStream<Duration?>.Continuation, _ group: ServiceGroup, grace: Duration
    ) async {
        var interrupts = 0
        for await signal in signals {
            if signal == .sigint { interrupts += 1 }
            stop.yield(interrupts == 0 ? nil : interrupts == 1 ? grace : .zero)
            await group.triggerGracefulShutdown()
        }
    }
}
