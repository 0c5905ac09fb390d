internal import Logging
internal import PulpCore

/// A command that PostgreSQL runs outside transactions only, such as `CREATE DATABASE`.
package enum AdministrativeCommand {
    /// Runs a command on a connection of its own, blocking its thread.
    package static func run(_ text: String, on url: String) throws {
        let parameters = try ConnectionParameters(url)
        let connection = try PostgreSQLConnection(to: parameters, logger: Logger(label: "pulp.postgresql"))
        do { try connection.command(text) } catch let error as ServerError { throw error.error }
    }
}
