/// At most so many requests in a second, evenly spaced.
///
/// A pure clockwork: it says how long to wait, others wait.
struct RateLimit: Hashable, Sendable {
    let requestsPerSecond: Int
    private(set) var next: Timestamp

    /// - Precondition: `requestsPerSecond` is positive.
    init(requestsPerSecond: Int, now: Timestamp) {
        precondition(requestsPerSecond > 0, "a rate limit of nothing")
        (self.requestsPerSecond, next) = (requestsPerSecond, now)
    }

    /// Takes the next turn, and says how long it is away.
    mutating func takeTurn(now: Timestamp) -> Duration {
        let turn = max(next, now)
        next = turn + .seconds(1) / requestsPerSecond
        return turn - now
    }
}
