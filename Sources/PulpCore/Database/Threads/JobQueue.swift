/// Decides which job runs when, on a bounded number of threads that come and go.
struct JobQueue<Job> {
    enum Submission {
        /// A thread that rests must be woken.
        case wake
        /// A thread must be started.
        case spawn
        /// A thread that is busy will take the job.
        case queued
        /// The queue is closed.
        case refused
    }

    enum Next {
        case run(Job)
        /// There is nothing to do: wait to be woken.
        case rest
        /// The thread ends; `last` when it was the last one of a closed queue.
        case end(last: Bool)
    }

    private let limit: Int
    private var waiting: [(id: Int, job: Job)] = []
    private(set) var threads = 0
    private(set) var resting = 0
    private(set) var isClosed = false

    init(limit: Int) { self.limit = limit }

    mutating func submit(_ job: Job, id: Int) -> Submission {
        guard !isClosed else { return .refused }
        waiting.append((id, job))
        if resting >= waiting.count { return .wake }
        guard threads < limit else { return resting > 0 ? .wake : .queued }
        threads += 1
        return .spawn
    }

    /// What a thread does that was started, or has finished a job.
    mutating func next() -> Next {
        if !waiting.isEmpty { return .run(waiting.removeFirst().job) }
        if isClosed {
            threads -= 1
            return .end(last: threads == 0)
        }
        resting += 1
        return .rest
    }

    /// What a thread does that was woken, or (`expired`) has rested long enough.
    mutating func wake(expired: Bool) -> Next {
        resting -= 1
        if expired, waiting.isEmpty {
            threads -= 1
            return .end(last: isClosed && threads == 0)
        }
        return next()
    }

    /// Takes back a job that no thread has taken yet.
    mutating func withdraw(_ id: Int) -> Job? {
        waiting.firstIndex { $0.id == id }.map { waiting.remove(at: $0).job }
    }

    /// Ends the queue: running jobs finish, the returned ones never run.
    mutating func close() -> [Job] {
        isClosed = true
        defer { waiting = [] }
        return waiting.map(\.job)
    }
}
