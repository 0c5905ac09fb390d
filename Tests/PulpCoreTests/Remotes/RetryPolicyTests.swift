import NIOCore
import Testing

@testable import PulpCore

@Suite("The retry policy")
struct RetryPolicyTests {
    private static let worthwhile: [RetryPolicy.Failure] = [
        .status(429, retryAfter: nil), .status(500, retryAfter: nil), .status(503, retryAfter: nil), .interrupted, .corrupt,
    ]

    @Test("makes one attempt more than there are retries", arguments: worthwhile, [0, 1, 3, 10])
    func attempts(failure: RetryPolicy.Failure, retries: Int) {
        let policy = RetryPolicy(retries: retries)
        let made = (1...).first { policy.delay(after: failure, attempt: $0, jitter: 0.5) == nil }
        #expect(made == retries + 1)
    }

    @Test("gives up at once where another attempt cannot help", arguments: [400, 401, 403, 404, 407, 410, 416, 200, 304])
    func hopeless(status: Int) {
        let policy = RetryPolicy(retries: 5)
        #expect(policy.delay(after: .status(status, retryAfter: nil), attempt: 1, jitter: 0) == nil)
        #expect(policy.delay(after: .final, attempt: 1, jitter: 0) == nil)
    }

    @Test("waits longer each time, never longer than the cap, and never negligibly")
    func growth() throws {
        let policy = RetryPolicy(retries: 1000)
        var last = Duration.zero
        for attempt in 1...1000 {
            let shortest = try #require(policy.delay(after: .interrupted, attempt: attempt, jitter: 0))
            let longest = try #require(policy.delay(after: .interrupted, attempt: attempt, jitter: 1))
            #expect(shortest >= policy.firstDelay / 2)
            #expect(longest <= policy.longestDelay)
            #expect(shortest <= longest)
            #expect(longest >= last)
            last = longest
        }
    }

    @Test("does what the server asks, up to the cap", arguments: [0, 1, 59, 60, 61, 1_000_000])
    func retryAfter(seconds: Int) {
        let delay = RetryPolicy(retries: 1).delay(after: .status(503, retryAfter: .seconds(seconds)), attempt: 1, jitter: 0)
        #expect(delay == .seconds(min(seconds, 60)))
    }

    @Test("reads Retry-After as seconds or as a date")
    func header() {
        let now = Timestamp(year: 1994, month: 11, day: 6, hour: 8, minute: 49)
        #expect(RetryPolicy.retryAfter("120", now: now) == .seconds(120))
        #expect(RetryPolicy.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == .seconds(37))
        #expect(RetryPolicy.retryAfter("Sun, 06 Nov 1984 08:49:37 GMT", now: now) == .zero)
        #expect(RetryPolicy.retryAfter("99999999999999999999999999", now: now) == .seconds(999_999_999))
        for nonsense in ["", "-1", "1.5", "soon", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 30 Feb 1994 08:49:37 GMT"] {
            #expect(RetryPolicy.retryAfter(nonsense, now: now) == nil, "\(nonsense)")
        }
    }

    @Test("a rate limit spaces requests evenly, and forgets what was not used")
    func rate() {
        let start = Timestamp(year: 2026, month: 1, day: 1)
        var limit = RateLimit(requestsPerSecond: 4, now: start)
        #expect((0..<5).map { _ in limit.takeTurn(now: start) } == [0, 250, 500, 750, 1000].map { .milliseconds($0) })
        #expect(limit.takeTurn(now: start + .seconds(100)) == .zero)
        #expect(limit.takeTurn(now: start + .seconds(100)) == .milliseconds(250))
    }

    @Test("a body that trickles is ended; one that flows is not")
    func trickle() throws {
        let start = Timestamp(year: 2026, month: 1, day: 1)
        var watch = SlowBodyWatch(start: start)
        try watch.check(1, now: start + .seconds(59), deadline: .distantFuture, "x")
        let error = #expect(throws: DownloadFailure.self) {
            try watch.check(1, now: start + .seconds(61), deadline: .distantFuture, "x")
        }
        #expect(error?.error.code == .timeout)
        watch = SlowBodyWatch(start: start)
        for minute in 1...100 {
            try watch.check(1024, now: start + .seconds(60 * minute), deadline: .distantFuture, "x")
        }
    }
}
