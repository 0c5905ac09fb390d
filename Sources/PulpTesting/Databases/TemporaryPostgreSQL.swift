internal import Foundation
internal import PulpCore
internal import PulpPostgreSQL

/// PostgreSQL databases for tests.
///
/// The first one starts a cluster of this process's own, from the Debian package, in a temporary folder and on a Unix socket,
/// with every durability switched off; all tests of the process share it, each with a database of its own. The cluster and
/// its folder go when the process ends, however it ends: a guard process waits for the end of a pipe.
///
/// The cluster is the one global of this module. It is an actor, made when it is first needed.
public enum TemporaryPostgreSQL {
    /// The one user whom the server asks for a password; who wants to be that user makes it.
    public static let userWithPassword = PostgreSQLServer.userWithPassword

    private static let cluster = PostgreSQLCluster()
    /// However many tests run at once, the cluster has connections for them.
    private static let turnstile = Turnstile(places: 24)

    /// Runs a body with an empty database, and drops it.
    /// - Parameter folder: an empty folder, which the server can reach, that the tables are kept in; in the cluster's own when nil.
    /// - Throws: ``PulpError`` where PostgreSQL's server is not installed: such a test fails, it is not skipped.
    public static func with<Value>(
        in folder: String? = nil, isolation: isolated (any Actor)? = #isolation, _ body: (TemporaryDatabase) async throws -> Value
    ) async throws -> Value {
        await turnstile.enter()
        defer { Task { await turnstile.leave() } }
        let url = try await cluster.createDatabase(in: folder)
        let store = TemporaryDatabase(description: "PostgreSQL", url: url) {
            try PostgreSQLDatabase(url: url, connections: 4)
        }
        do {
            let value = try await body(store)
            try await cluster.dropDatabase(url, hasFolder: folder != nil)
            return value
        } catch {
            // The body's error says more; the cluster goes as a whole soon.
            try? await cluster.dropDatabase(url, hasFolder: folder != nil)
            throw error
        }
    }
}

/// Lets so many through at once; the others wait in the order in which they came.
private actor Turnstile {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { free = places }

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
