import PulpCore
import Synchronization

/// Looks at the versions that there are, again and again: a number that was used once is never used for another version.
final class VersionObserver: Sendable {
    private struct State {
        var known: [String: String] = [:]
        var highest: [String: Int] = [:]
    }

    private let world: World
    private let state = Mutex(State())

    init(_ world: World) { self.world = world }

    /// Looks until it is canceled.
    func run() async {
        while !Task.isCancelled {
            do { try await look() } catch { world.ledger.count("looks in vain") }
            // Canceled, which is all that sleeping can throw.
            try? await Task.sleep(for: .milliseconds(150))
        }
    }

    func look() async throws {
        let rows = try await world.pulp.database.read { db in
            try db.query(
                """
                SELECT r.prn, v.number, v.uuid FROM repository_version v JOIN repository r ON r.id = v.repository
                WHERE v.complete ORDER BY r.id, v.number
                """
            ).map { row in
                (
                    repository: try row.get(0, as: String.self), number: try row.get(1, as: Int.self), uuid: try row.get(2, as: String.self)
                )
            }
        }
        state.withLock { state in
            let highest = state.highest
            for row in rows {
                let name = "version \(row.number) of \(row.repository)"
                if let known = state.known[name] {
                    if known != row.uuid { world.ledger.find("\(name) is another one than before") }
                } else {
                    state.known[name] = row.uuid
                    if let highest = highest[row.repository], row.number <= highest {
                        world.ledger.find("\(name) is new, and the repository had version \(highest) before")
                    }
                }
                state.highest[row.repository] = max(state.highest[row.repository] ?? row.number, row.number)
            }
        }
    }
}
