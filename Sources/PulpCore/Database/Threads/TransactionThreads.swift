internal import Dispatch
internal import Foundation
internal import Synchronization

/// Runs transactions on a bounded number of threads of their own, each with a resource (a connection) that it makes.
///
/// A transaction takes one hop to a thread and one back, and may block as it likes. Threads start on demand, and end with their
/// resources after a minute of rest.
///
/// Neither Swift's threads nor those of Dispatch would do: there are about as many as processors, and when all of them wait,
/// nothing that they wait for can run.
package final class TransactionThreads<Resource>: Sendable {
    private struct Job: Sendable {
        let run: @Sendable (Resource) -> Void
        let refuse: @Sendable (any Error) -> Void
    }

    private struct State {
        var queue: JobQueue<Job>
        var ids = 0
    }

    private let name: String
    private let makeResource: @Sendable () -> Resource
    private let state: Mutex<State>
    private let wakeUp = DispatchSemaphore(value: 0)
    private let ended = Completion()

    package init(name: String, limit: Int, makeResource: @escaping @Sendable () -> Resource) {
        (self.name, self.makeResource) = (name, makeResource)
        state = Mutex(State(queue: JobQueue(limit: max(1, limit))))
    }

    /// Runs a body as soon as a thread is free; it asks the cancellation now and then whether it is still wanted.
    /// - Throws: what the body throws; `CancellationError` when the task is canceled before the body begins; ``DatabaseError``
    ///   with `unavailable` after ``end()``.
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable (Resource, Cancellation) throws -> Value
    ) async throws -> Value {
        let cancellation = Cancellation()
        let id = state.withLock { state in
            state.ids += 1
            return state.ids
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(
                    id,
                    Job(
                        run: { resource in
                            continuation.resume(
                                with: Result {
                                    if cancellation.isRequested { throw CancellationError() }
                                    return try body(resource, cancellation)
                                })
                        },
                        refuse: { continuation.resume(throwing: $0) }))
            }
        } onCancel: {
            cancellation.request()
            state.withLock { $0.queue.withdraw(id) }?.refuse(CancellationError())
        }
    }

    /// Runs a body as soon as a thread is free.
    /// - Parameter body: is given why it was refused, and then runs on the caller's or the closer's thread.
    package func submit(_ body: @escaping @Sendable ((any Error)?) -> Void) {
        let id = state.withLock { state in
            state.ids += 1
            return state.ids
        }
        submit(id, Job(run: { _ in body(nil) }, refuse: { body($0) }))
    }

    /// Refuses what has not begun, and waits for what has.
    package func close() async {
        end()
        await ended.wait()
    }

    /// Refuses what has not begun, and waits for nothing.
    package func end() {
        let (refused, resting, isOver) = state.withLock { state in
            (state.queue.close(), state.queue.resting, state.queue.threads == 0)
        }
        for job in refused { job.refuse(Self.closed) }
        for _ in 0..<resting { wakeUp.signal() }
        if isOver { ended.complete() }
    }

    private static var closed: DatabaseError { DatabaseError(.closed, "the database is closed") }

    private func submit(_ id: Int, _ job: Job) {
        switch state.withLock({ $0.queue.submit(job, id: id) }) {
        case .wake: wakeUp.signal()
        case .spawn: spawn()
        case .queued: break
        case .refused: job.refuse(Self.closed)
        }
    }

    private func spawn() {
        startThread(name) { [self] in
            let resource = makeResource()
            var next = state.withLock { $0.queue.next() }
            while true {
                switch next {
                case .run(let job):
                    job.run(resource)
                    next = state.withLock { $0.queue.next() }
                case .rest:
                    let expired = wakeUp.wait(timeout: .now() + .seconds(60)) == .timedOut
                    next = state.withLock { $0.queue.wake(expired: expired) }
                case .end(let last):
                    if last { ended.complete() }
                    return
                }
            }
        }
    }
}

/// Starts a thread.
package func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    thread.start()
}

/// Runs a body that blocks on a thread of its own.
package func onThread<Value: Sendable>(
    _ name: String, _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        startThread(name) { continuation.resume(with: Result(catching: body)) }
    }
}
