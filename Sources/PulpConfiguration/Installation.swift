public import Logging
public import PulpCore
import PulpPostgreSQL
public import PulpS3

/// What an operator configured of a Pulp: its settings, its database, and what `pulpd` serves where.
///
/// `pulpd` and `pulpctl` read the same names from the same places, so that both work on the same store.
///
/// Nothing that prints or dumps a value shows a password.
public struct Installation: Sendable, CustomStringConvertible, CustomReflectable {
    /// What a `pulpd` does; each process has one or more roles, and together all of them are needed.
    public enum Role: String, CaseIterable, Sendable {
        case api, content, worker, scheduler
    }

    /// PEM files of the content server's certificate and its key.
    public struct Certificate: Sendable, Hashable {
        /// The path of the certificate, the server's own first.
        public var certificate: String
        /// The path of the key.
        public var key: String
    }

    /// What the library is opened with.
    public var settings: Settings
    /// `PULP_DATABASE_URL`; `sqlite:` and a path, or what PostgreSQL's libpq understands.
    public var databaseURL: String
    /// Where the bytes of artifacts are kept when `PULP_STORAGE` is `s3`; nil for files below the media root.
    public var objectStorage: S3Configuration?
    /// Where the API listens (`PULP_API_LISTEN`).
    public var apiListen: ListenAddress
    /// Where content is served (`PULP_CONTENT_LISTEN`).
    public var contentListen: ListenAddress
    /// The roles of this process (`PULP_ROLES`); all of them by default.
    public var roles: Set<Role>
    /// How many threads of this process serve clients (`PULP_EVENT_LOOPS`); at least 1.
    ///
    /// By default as many as half of the cores, and at most 4: each serves tens of thousands of requests in a second, and the
    /// kernel's work for the network, the tasks and the database want the other cores.
    public var eventLoops: Int
    /// For content over HTTPS (`PULP_TLS_CERTIFICATE` and `PULP_TLS_KEY`); nil for HTTP.
    public var certificate: Certificate?
    /// `PULP_ADMIN_PASSWORD`; nil when one is to be made.
    public var administratorPassword: String?
    /// `PULP_LOG_LEVEL`.
    public var logLevel: Logger.Level
    /// Variables that look like settings and are none.
    public var unknownNames: [String] = []
    /// Where credentials of the object storage are looked for.
    var environment: [String: String] = [:]

    /// Says where the data is, and nothing of how to get in.
    public var description: String { "Installation in \(settings.dataDirectory)" }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Opens the database that is configured, and makes the file of a SQLite database that is not there.
    /// - Throws: ``PulpError`` that names `PULP_DATABASE_URL` but not its password.
    public func openDatabase() throws -> any Database {
        do {
            if databaseURL.hasPrefix(Self.sqlite) {
                return try SQLiteDatabase(path: String(databaseURL.dropFirst(Self.sqlite.count)))
            }
            return try PostgreSQLDatabase(url: databaseURL, logger: settings.logger)
        } catch let error as DatabaseError {
            throw PulpError(.systemState, "PULP_DATABASE_URL: cannot open the database: \(error.message)")
        }
    }

    /// What a backup may be restored into.
    public var restoreTarget: RestoreTarget {
        let file = databaseURL.hasPrefix(Self.sqlite) ? String(databaseURL.dropFirst(Self.sqlite.count)) : nil
        return RestoreTarget(
            settings: settings, kind: file == nil ? "postgresql" : "sqlite", databaseFile: file, open: openDatabase)
    }

    /// Opens the database and the artifacts' store that are configured.
    /// - Parameter database: the database, when it is open already.
    /// - Throws: ``PulpError`` that names the setting.
    public func open(_ database: (any Database)? = nil, plugins: [Plugin]) async throws -> Pulp {
        let database = try database ?? openDatabase()
        guard let objectStorage else { return try await Pulp(settings: settings, database: database, plugins: plugins) }
        let store = try S3ArtifactStore(
            objectStorage, staging: settings.dataDirectory + "/staging", gate: DatabaseCommitGate(database),
            environment: environment, logger: settings.logger)
        // What killed processes left on this machine; what they left in the bucket is orphan cleanup's.
        try await store.sweepFiles(olderThan: .now - .seconds(7 * 86_400))
        return try await Pulp(settings: settings, database: database, store: store, plugins: plugins)
    }

    static let sqlite = "sqlite:"
}
