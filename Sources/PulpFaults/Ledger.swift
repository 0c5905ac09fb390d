import Synchronization

/// What a run did, and what it found wrong.
final class Ledger: Sendable {
    private struct State {
        var counts: [String: Int] = [:]
        var findings: [String] = []
        var seen: Set<String> = []
    }

    private let state = Mutex(State())

    func count(_ what: String, _ number: Int = 1) { state.withLock { $0.counts[what, default: 0] += number } }

    /// Takes note of what must not be; the same only once.
    func find(_ what: String) {
        state.withLock { state in
            if state.seen.insert(what).inserted { state.findings.append(what) }
        }
    }

    var counts: [String: Int] { state.withLock { $0.counts } }
    var findings: [String] { state.withLock { $0.findings } }
}
