import Synchronization

/// What a run did, and what it found wrong.
final class Ledger: Sendable {
    private struct State {
        var counts: [String: Int] = [:]
        var findings: [String] = []
        var seen: Set<String> = []
        var unwanted: Set<String> = []
    }

    private let state = Mutex(State())

    func count(_ what: String, _ number: Int = 1) { state.withLock { $0.counts[what, default: 0] += number } }

    /// Takes note of what must not be; the same only once.
    func find(_ what: String) {
        state.withLock { state in
            if state.seen.insert(what).inserted { state.findings.append(what) }
        }
    }

    /// Takes note of a version that somebody wants to be gone.
    func noteUnwanted(_ number: Int, of repository: String) { state.withLock { _ = $0.unwanted.insert("\(number) \(repository)") } }

    func isUnwanted(_ number: Int, of repository: String) -> Bool { state.withLock { $0.unwanted.contains("\(number) \(repository)") } }

    var counts: [String: Int] { state.withLock { $0.counts } }
    var findings: [String] { state.withLock { $0.findings } }
}
