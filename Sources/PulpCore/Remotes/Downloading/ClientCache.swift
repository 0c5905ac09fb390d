internal import AsyncHTTPClient
internal import Synchronization

/// Keeps HTTP clients, with their idle connections, for the configurations used last.
final class ClientCache: Sendable {
    fileprivate struct Entry {
        let client: HTTPClient
        var users = 0
        var lastUse = 0
    }

    fileprivate struct State {
        var entries: [ClientConfiguration: Entry] = [:]
        var clock = 0
        var isShutDown = false
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int = 64) { self.capacity = capacity }

    /// Lends the client of a configuration for the time of a body; it is not ended meanwhile.
    func withClient<Value>(
        _ configuration: ClientConfiguration, _ body: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        let client = try acquire(configuration)
        defer { release(configuration) }
        return try await body(client)
    }

    /// Ends all clients; requests under way fail.
    func shutdown() async throws {
        let clients = state.withLock { state in
            state.isShutDown = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.client)
        }
        for client in clients { try await client.shutdown() }
    }

    private func acquire(_ configuration: ClientConfiguration) throws -> HTTPClient {
        let (client, evicted) = try state.withLock { state -> (HTTPClient, HTTPClient?) in
            guard !state.isShutDown else {
                throw DownloadFailure(final: PulpError(.systemState, "downloads were shut down"))
            }
            state.clock += 1
            if var entry = state.entries[configuration] {
                entry.users += 1
                entry.lastUse = state.clock
                state.entries[configuration] = entry
                return (entry.client, nil)
            }
            let client = try configuration.makeClient()
            let evicted = state.entries.count >= capacity ? state.evict() : nil
            state.entries[configuration] = Entry(client: client, users: 1, lastUse: state.clock)
            return (client, evicted)
        }
        // Nobody uses it, and nobody waits for its idle connections to close.
        evicted?.shutdown { _ in }
        return client
    }

    private func release(_ configuration: ClientConfiguration) {
        state.withLock { $0.entries[configuration]?.users -= 1 }
    }
}

extension ClientCache.State {
    /// Takes out the client that was idle longest; nil while all are in use.
    fileprivate mutating func evict() -> HTTPClient? {
        let idle = entries.filter { $0.value.users == 0 }.min { $0.value.lastUse < $1.value.lastUse }
        return idle.flatMap { entries.removeValue(forKey: $0.key)?.client }
    }
}
