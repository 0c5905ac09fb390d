/// Whether and when a failed attempt is repeated.
package struct RetryPolicy: Hashable, Sendable {
    /// How often a download is tried again after its first attempt.
    package var retries: Int
    package var firstDelay: Duration
    /// No wait is longer, whatever the server asks for.
    package var longestDelay: Duration

    package init(retries: Int, firstDelay: Duration = .milliseconds(500), longestDelay: Duration = .seconds(60)) {
        (self.retries, self.firstDelay, self.longestDelay) = (retries, firstDelay, longestDelay)
    }

    /// What kind of failure an attempt had.
    package enum Failure: Hashable, Sendable {
        /// The server answered, but not with the file.
        case status(Int, retryAfter: Duration?)
        /// No connection, a broken connection, no answer in time. What arrived is good as far as it goes.
        case interrupted
        /// What arrived is not what was promised.
        case corrupt
        /// Trying again cannot help.
        case final
    }

    /// How long to wait before the next attempt; nil to give up.
    /// - Parameters:
    ///   - attempt: how many attempts were made, at least 1.
    ///   - jitter: a random number of 0..<1, so that many clients do not come back at the same moment.
    package func delay(after failure: Failure, attempt: Int, jitter: Double) -> Duration? {
        guard attempt <= retries, Self.isWorthwhile(failure) else { return nil }
        if case .status(_, let wish?) = failure { return min(max(wish, .zero), longestDelay) }
        let doubled = (1..<max(attempt, 1)).prefix(20).reduce(firstDelay) { delay, _ in min(delay * 2, longestDelay) }
        return min(doubled, longestDelay) * (0.5 + jitter / 2)
    }

    package static func isWorthwhile(_ failure: Failure) -> Bool {
        switch failure {
        case .status(let code, _): code == 429 || (500...599).contains(code)
        case .interrupted, .corrupt: true
        case .final: false
        }
    }

    /// Reads a `Retry-After` header: seconds, or a date (RFC 9110 §10.2.3).
    package static func retryAfter(_ value: String, now: Timestamp) -> Duration? {
        if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return .seconds(Int64(value.prefix(9)) ?? 0)
        }
        return HTTPDate.parse(value).map { max($0 - now, .zero) }
    }
}
