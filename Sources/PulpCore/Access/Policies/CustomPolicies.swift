internal import Synchronization

/// What operators have changed of the policies, as the database had it a moment ago: requests that need it do not all look again.
final class CustomPolicies: Sendable {
    typealias Policies = [String: Result<AccessPolicy, any Error>]

    /// How long a change that another process made may go unnoticed.
    static let lifetime = Duration.seconds(1)

    private struct Known {
        let policies: Policies
        let moment: ContinuousClock.Instant
    }

    private struct State {
        var known: Known?
        /// How often everything was forgotten.
        var epoch = 0
    }

    private let state = Mutex(State())

    /// The policies by the names of their viewsets; reads them when what is known is too old.
    func current(_ read: () throws -> Policies) rethrows -> Policies {
        let now = ContinuousClock.now
        let (known, epoch) = state.withLock { ($0.known, $0.epoch) }
        if let known, now - known.moment < Self.lifetime { return known.policies }
        let policies = try read()
        state.withLock { state in
            // What was read before a change is not kept after it.
            if state.epoch == epoch { state.known = Known(policies: policies, moment: now) }
        }
        return policies
    }

    /// Has the next who asks look again.
    func forget() {
        state.withLock { state in
            state.known = nil
            state.epoch += 1
        }
    }
}
