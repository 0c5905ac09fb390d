internal import Synchronization

/// Makes one operation of several that are asked for at the same time under one key.
///
/// All callers get the first one's result, or copies of it. A caller that is cancelled leaves at once; the operation is cancelled when the last
/// caller has left. Nothing is remembered: a caller that comes after the end starts anew.
public final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Continuation = CheckedContinuation<Value, any Error>

    private struct Flight {
        /// Its first caller's number.
        let number: Int
        let task: Task<Void, Never>
        var waiters: [Int: Continuation]
    }

    private struct State {
        var flights: [Key: Flight] = [:]
        /// Numbers flights and callers.
        var count = 0
    }

    private let state = Mutex(State())
    private let copy: @Sendable (Value) async throws -> Value

    /// Nothing runs yet.
    /// - Parameter copy: makes what each caller but one gets of a result that only one can have; all get the result itself
    ///   unless it is given.
    public init(copy: @escaping @Sendable (Value) async throws -> Value = { $0 }) { self.copy = copy }

    /// Joins the running operation of a key, or starts it.
    /// - Throws: what the operation threw; `CancellationError` when the calling task is cancelled.
    public func run(_ key: Key, _ operation: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let caller = state.withLock { state in
            state.count += 1
            return state.count
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: Continuation) in
                let isCancelled = state.withLock { state in
                    // The handler below may have run already; under the lock, either it or this sees the other.
                    if Task.isCancelled { return true }
                    if state.flights[key] != nil {
                        state.flights[key]?.waiters[caller] = continuation
                    } else {
                        state.flights[key] = Flight(
                            number: caller, task: start(key, caller, operation), waiters: [caller: continuation])
                    }
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            leave(key, caller)
        }
    }

    private func start(
        _ key: Key, _ number: Int, _ operation: @escaping @Sendable () async throws -> Value
    ) -> Task<Void, Never> {
        Task {
            let result: Result<Value, any Error>
            do { result = .success(try await operation()) } catch { result = .failure(error) }
            await self.land(key, number, result)
        }
    }

    /// How many wait for a key's operation now.
    func callers(of key: Key) -> Int { state.withLock { $0.flights[key]?.waiters.count ?? 0 } }

    private func land(_ key: Key, _ number: Int, _ result: Result<Value, any Error>) async {
        let waiters = state.withLock { state -> [Continuation] in
            // Abandoned meanwhile, and perhaps followed by another.
            guard let flight = state.flights[key], flight.number == number else { return [] }
            state.flights[key] = nil
            return Array(flight.waiters.values)
        }
        // The result itself is given away last: it is what the copies are made of.
        for waiter in waiters.dropFirst() {
            do { waiter.resume(returning: try await copy(try result.get())) } catch { waiter.resume(throwing: error) }
        }
        waiters.first?.resume(with: result)
    }

    private func leave(_ key: Key, _ caller: Int) {
        let (waiter, abandoned) = state.withLock { state -> (Continuation?, Task<Void, Never>?) in
            guard let waiter = state.flights[key]?.waiters.removeValue(forKey: caller) else { return (nil, nil) }
            guard state.flights[key]?.waiters.isEmpty ?? false else { return (waiter, nil) }
            return (waiter, state.flights.removeValue(forKey: key)?.task)
        }
        // Outside of the lock: cancelling runs handlers.
        waiter?.resume(throwing: CancellationError())
        abandoned?.cancel()
    }
}
