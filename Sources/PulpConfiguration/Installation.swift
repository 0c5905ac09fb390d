public import Logging
public import PulpCore
import PulpPostgreSQL

/// What an operator configured of a Pulp: its settings, its database, and what `pulpd` serves where.
///
/// `pulpd` and `pulpctl` read the same names from the same places, so that both work on the same store.
public struct Installation: Sendable {
    /// What a `pulpd` does. Each process has one or more roles; together all of them are needed.
    public enum Role: String, CaseIterable, Sendable {
        case api, content, worker, scheduler
    }

    /// PEM files of the content server's certificate and its key.
    public struct Certificate: Sendable, Hashable {
        public var certificate: String
        public var key: String
    }

    public var settings: Settings
    /// `PULP_DATABASE_URL`; `sqlite:` and a path, or what PostgreSQL's libpq understands.
    public var databaseURL: String
    public var apiListen: ListenAddress
    public var contentListen: ListenAddress
    public var roles: Set<Role>
    public var certificate: Certificate?
    /// `PULP_ADMIN_PASSWORD`; nil when one is to be made.
    public var administratorPassword: String?
    /// `PULP_LOG_LEVEL`.
    public var logLevel: Logger.Level

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

    static let sqlite = "sqlite:"
}
