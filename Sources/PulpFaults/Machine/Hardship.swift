import Synchronization

/// Whether the database, or the space on the disk, is away.
final class Hardship: Sendable {
    private struct State {
        var depth = 0
        var ended = ContinuousClock.now - .seconds(3600)
    }

    private let state = Mutex(State())

    var isNow: Bool { state.withLock { $0.depth > 0 } }
    /// Whether it was away until a moment ago.
    var isRecent: Bool { state.withLock { $0.depth > 0 || ContinuousClock.now - $0.ended < .seconds(5) } }

    func during(_ body: () async throws -> Void) async throws {
        state.withLock { $0.depth += 1 }
        defer {
            state.withLock { state in
                state.depth -= 1
                state.ended = .now
            }
        }
        try await body()
    }
}
