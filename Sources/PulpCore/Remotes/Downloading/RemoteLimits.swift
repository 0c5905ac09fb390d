internal import DequeModule
internal import Synchronization

/// Keeps each remote's limits: how many downloads at once, and how many requests in a second.
final class RemoteLimits: Sendable {
    /// What tells remotes apart: two domains may use one name.
    struct Key: Hashable, Sendable {
        let name: String
        let url: String
    }

    private struct Waiter {
        let number: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var running = 0
        var limit = 1
        var waiters: Deque<Waiter> = []
        var rate: RateLimit?

        /// Hands free places to those who wait, in their order.
        mutating func admit() -> [Waiter] {
            var admitted: [Waiter] = []
            while running < limit, let waiter = waiters.popFirst() {
                running += 1
                admitted.append(waiter)
            }
            return admitted
        }
    }

    private let time: DownloadTime
    private let states = Mutex<[Key: State]>([:])
    private let numbers = Atomic<Int>(0)

    init(time: DownloadTime) { self.time = time }

    /// Runs a body as one of the `concurrency` downloads of a remote, first come, first served; then waits for its turn in the rate.
    func run<Value>(
        _ key: Key, concurrency: Int, rate: Int?, _ body: () async throws -> Value
    ) async throws -> Value {
        try await enter(key, max(1, concurrency))
        defer { leave(key) }
        if let rate, rate > 0 {
            let delay = turn(of: key, rate)
            if delay > .zero { try await time.sleep(delay) }
        }
        return try await body()
    }

    private func enter(_ key: Key, _ limit: Int) async throws {
        let isFree = states.withLock { states in
            // Names come from outside: what a rate limit left behind does not pile up.
            if states.count > 256 { states = states.filter { $0.value.running > 0 || !$0.value.waiters.isEmpty } }
            states[key, default: State()].limit = limit
            guard let state = states[key], state.waiters.isEmpty, state.running < limit else { return false }
            states[key]?.running += 1
            return true
        }
        if isFree { return }
        let number = numbers.add(1, ordering: .relaxed).newValue
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let admitted = states.withLock { states -> [Waiter]? in
                    if Task.isCancelled { return nil }
                    states[key, default: State()].limit = limit
                    states[key]?.waiters.append(Waiter(number: number, continuation: continuation))
                    return states[key]?.admit()
                }
                if let admitted {
                    for waiter in admitted { waiter.continuation.resume() }
                } else {
                    continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            let waiter = states.withLock { states -> Waiter? in
                guard let index = states[key]?.waiters.firstIndex(where: { $0.number == number }) else { return nil }
                return states[key]?.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private func leave(_ key: Key) {
        let now = time.now()
        let admitted = states.withLock { states -> [Waiter] in
            states[key]?.running -= 1
            let admitted = states[key]?.admit() ?? []
            if let state = states[key], state.running == 0, state.waiters.isEmpty, state.rate.map({ $0.next <= now }) ?? true {
                states[key] = nil
            }
            return admitted
        }
        for waiter in admitted { waiter.continuation.resume() }
    }

    private func turn(of key: Key, _ rate: Int) -> Duration {
        let now = time.now()
        return states.withLock { states in
            var limit = states[key]?.rate ?? RateLimit(requestsPerSecond: rate, now: now)
            if limit.requestsPerSecond != rate { limit = RateLimit(requestsPerSecond: rate, now: limit.next) }
            let delay = limit.takeTurn(now: now)
            states[key, default: State()].rate = limit
            return delay
        }
    }
}
