internal import GRDB
internal import Synchronization

/// Copies a SQLite database, over connections of its own.
///
/// A copy is written by `VACUUM INTO`: it reads on a snapshot, keeps no writer waiting, and leaves out what was deleted. Back it
/// comes through SQLite's backup API, in one transaction. See https://www.sqlite.org/lang_vacuum.html#vacuuminto and
/// https://www.sqlite.org/backup.html.
struct SQLiteArchiver: DatabaseArchiver {
    /// The file of the database.
    let path: String

    var format: String { "sqlite" }

    func write(to path: String) async throws {
        let source = self.path
        try await Self.run { try $0.open(source).inDatabase { db in try db.execute(sql: "VACUUM INTO ?", arguments: [path]) } }
    }

    func read(from path: String) async throws {
        let destination = self.path
        try await Self.run { connections in
            try connections.open(path, readonly: true).backup(to: connections.open(destination))
        }
    }

    func firstTable() async throws -> String? {
        let path = path
        return try await Self.run { connections in
            try connections.open(path).inDatabase { db in
                try String.fetchOne(db, sql: "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
            }
        }
    }

    /// Runs a body on a thread of its own; what it does ends when the surrounding task is canceled.
    private static func run<Value: Sendable>(_ body: @escaping @Sendable (Connections) throws -> Value) async throws -> Value {
        let connections = Connections()
        do {
            return try await withTaskCancellationHandler {
                try await onThread("pulp.sqlite.archive") {
                    defer { connections.close() }
                    return try SQLiteConnection.translatingErrors { try body(connections) }
                }
            } onCancel: {
                connections.interrupt()
            }
        } catch {
            // An interrupted statement fails in words of SQLite.
            try Task.checkCancellation()
            throw error
        }
    }
}

/// The connections of one piece of work, which can be told to end it.
private final class Connections: Sendable {
    private struct State {
        var open: [DatabaseQueue] = []
        var isInterrupted = false
    }

    private let state = Mutex(State())

    func open(_ path: String, readonly: Bool = false) throws -> DatabaseQueue {
        var configuration = GRDB.Configuration()
        configuration.label = "pulp.sqlite.archive"
        configuration.busyMode = .timeout(30)
        configuration.readonly = readonly
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try state.withLock { state in
            if state.isInterrupted { throw CancellationError() }
            state.open.append(queue)
        }
        return queue
    }

    func interrupt() {
        state.withLock { state in
            state.isInterrupted = true
            for queue in state.open { queue.interrupt() }
        }
    }

    func close() {
        for queue in state.withLock({ $0.open }) {
            // Its last reference closes it all the same.
            try? queue.close()
        }
    }
}
