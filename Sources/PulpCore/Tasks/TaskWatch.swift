internal import Synchronization

/// Knows who waits for which task, and tells them.
///
/// It tells at once when the task ends in this process, after a look into the database when it runs elsewhere. Looks only while
/// somebody waits, at all awaited tasks in one statement.
final class TaskWatch: Sendable {
    private struct State {
        var next = 0
        var waiters: [Int64: [Int: CheckedContinuation<TaskEnd, any Error>]] = [:]
        var observers: [Int64: [Int: AsyncStream<ProgressReport>.Continuation]] = [:]
        /// Observed tasks that report in this process: the database knows nothing newer of them.
        var reporting: Set<Int64> = []
        var isLooking = false

        mutating func number() -> Int {
            next += 1
            return next
        }

        @discardableResult
        mutating func forget(_ task: Int64) -> [Int: AsyncStream<ProgressReport>.Continuation] {
            reporting.remove(task)
            return observers.removeValue(forKey: task) ?? [:]
        }
    }

    private let database: any Database
    private let bell: Bell
    private let state = Mutex(State())

    init(_ database: any Database, _ bell: Bell) { (self.database, self.bell) = (database, bell) }

    /// Waits for the end of a task.
    /// - Throws: ``PulpError`` with `notFound` when there is no such task (any more).
    func end(of task: Int64) async throws -> TaskEnd {
        let number = state.withLock { $0.number() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { state in
                    guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                    state.waiters[task, default: [:]][number] = continuation
                    lookWhileNeeded(&state)
                }
                bell.ring()
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters[task]?.removeValue(forKey: number) }
            waiter?.resume(throwing: CancellationError())
        }
    }

    /// A task's reports from now on.
    func progress(of task: Int64) -> AsyncStream<ProgressReport> {
        let (stream, continuation) = AsyncStream.makeStream(of: ProgressReport.self, bufferingPolicy: .bufferingNewest(16))
        let number = state.withLock { state in
            let number = state.number()
            state.observers[task, default: [:]][number] = continuation
            lookWhileNeeded(&state)
            return number
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.observers[task]?[number] = nil
                if state.observers[task]?.isEmpty == true { state.forget(task) }
            }
        }
        bell.ring()
        return stream
    }

    /// A task of this process reports.
    func progressed(_ task: Int64, _ report: ProgressReport) {
        yield(report, of: task) { $0.reporting.insert(task) }
    }

    /// A task has ended.
    func ended(_ task: Int64, _ end: TaskEnd) {
        resume(task) { $0.resume(returning: end) }
    }

    private func yield(_ report: ProgressReport, of task: Int64, noting note: (inout State) -> Void = { _ in }) {
        let observers = state.withLock { state -> [AsyncStream<ProgressReport>.Continuation] in
            guard let observers = state.observers[task] else { return [] }
            note(&state)
            return Array(observers.values)
        }
        for observer in observers { observer.yield(report) }
    }

    private func resume(_ task: Int64, _ body: (CheckedContinuation<TaskEnd, any Error>) -> Void) {
        let (waiters, observers) = state.withLock { state in
            (state.waiters.removeValue(forKey: task) ?? [:], state.forget(task))
        }
        for waiter in waiters.values { body(waiter) }
        for observer in observers.values { observer.finish() }
    }

    private func lookWhileNeeded(_ state: inout State) {
        guard !state.isLooking else { return }
        state.isLooking = true
        Task { await look() }
    }

    private func look() async {
        for await _ in bell.listen() {
            // Another process may be writing, or the database be away for a moment: the next ring tries again.
            if let found = try? await read() { tell(found) }
            let isDone = state.withLock { state in
                state.waiters = state.waiters.filter { !$0.value.isEmpty }
                state.isLooking = !(state.waiters.isEmpty && state.observers.isEmpty)
                return !state.isLooking
            }
            if isDone { return }
        }
        let (waiters, observers) = state.withLock { state in
            defer { (state.waiters, state.observers, state.isLooking) = ([:], [:], false) }
            return (state.waiters.values.flatMap(\.values), state.observers.values.flatMap(\.values))
        }
        for observer in observers { observer.finish() }
        for waiter in waiters { waiter.resume(throwing: DatabaseError(.closed, "the database was closed")) }
    }

    private struct Findings: Sendable {
        var asked: Set<Int64>
        var ends: [Int64: TaskEnd?] = [:]
        var reports: [(task: Int64, report: ProgressReport)] = []
    }

    private func read() async throws -> Findings {
        let (asked, observed) = state.withLock {
            (Set($0.waiters.keys).union($0.observers.keys), Set($0.observers.keys).subtracting($0.reporting))
        }
        return try await database.read { db in
            try db.preferIndexes()
            var findings = Findings(asked: asked)
            for row in try db.query("SELECT id, state, result, error FROM task WHERE id \(in: asked)") {
                let state: TaskState = try row.get(1)
                let end = TaskEnd(state: state, result: try JSON(column: row, 2), error: try JSON(column: row, 3))
                findings.ends[try row.get(0)] = .some(state.isFinal ? end : nil)
            }
            guard !observed.isEmpty else { return findings }
            let reports = try db.query(
                """
                SELECT task, \(sql: ProgressReport.columns) FROM progress_report WHERE task \(in: observed)
                ORDER BY task, position
                """)
            for row in reports { findings.reports.append((try row.get(0), try ProgressReport(row, from: 1))) }
            return findings
        }
    }

    private func tell(_ findings: Findings) {
        for (task, report) in findings.reports { yield(report, of: task) }
        for task in findings.asked {
            switch findings.ends[task] {
            case .some(.some(let end)): ended(task, end)
            case .some(.none): break
            case .none: resume(task) { $0.resume(throwing: PulpError(.notFound, "there is no such task")) }
            }
        }
    }
}

extension JSON {
    /// A column of JSON text; nil when it is NULL.
    init?(column row: Row, _ index: Int) throws {
        guard let text = try row.get(index, as: String?.self) else { return nil }
        try self.init(parsing: text)
    }
}
