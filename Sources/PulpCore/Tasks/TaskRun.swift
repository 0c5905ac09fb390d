internal import Logging
internal import Synchronization

/// One task while it runs in this process: what it reported and made, and its working directory.
final class TaskRun: Sendable {
    private struct State {
        var reports: [ProgressReport] = []
        var created: [String] = []
        var flush: Task<Void, Never>?
    }

    /// The task that the current code runs in, if any, and whose children the tasks are that it dispatches.
    @TaskLocal static var current: TaskRun?

    let claim: TaskClaim
    /// The key of the worker that claimed the task: the fence of everything that is written for it.
    let worker: Int64
    let directory: TaskDirectory
    private let engine: TaskEngine
    private let host: Worker
    private let state = Mutex(State())

    init(_ claim: TaskClaim, worker: Int64, host: Worker, engine: TaskEngine) {
        (self.claim, self.worker, self.host, self.engine) = (claim, worker, host, engine)
        directory = TaskDirectory(of: claim.uuid, worker: worker, in: engine.settings)
    }

    /// What everything that is written for the task depends on.
    var fence: TaskFence { TaskFence(task: claim.key, worker: worker) }

    /// Takes note of progress, tells who watches, and sees to it that it is written within half a second.
    func report(_ report: ProgressReport) {
        state.withLock { state in
            if let index = state.reports.firstIndex(where: { $0.code == report.code }) {
                state.reports[index] = report
            } else {
                state.reports.append(report)
            }
            if state.flush == nil { state.flush = Task { await self.flushLater() } }
        }
        engine.watch.progressed(claim.key, report)
    }

    func created(_ prn: String) {
        state.withLock { $0.created.append(prn) }
    }

    /// Ends reporting.
    /// - Returns: what the transaction that ends the task has to write.
    func close() async -> (reports: [ProgressReport], created: [String]) {
        let flush = state.withLock { $0.flush }
        flush?.cancel()
        await flush?.value
        return state.withLock { ($0.reports, $0.created) }
    }

    /// Lets the worker run another task while this one only waits for one: so tasks that wait for their children cannot take all
    /// the places that the children need.
    func lendingPlace<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        host.lend(1)
        defer { host.lend(-1) }
        return try await body()
    }

    private func flushLater() async {
        do {
            try await Task.sleep(for: .milliseconds(500))
            let reports = state.withLock { state in
                state.flush = nil
                return state.reports
            }
            let (key, fence) = (claim.key, fence)
            try await engine.database.write { db in
                try fence.hold(in: db)
                try ProgressReport.save(reports, of: key, in: db)
                try db.announce()
            }
        } catch is CancellationError {
            // The task ended, and writes its reports itself; or it was declared dead.
        } catch {
            engine.settings.logger.warning("progress was not written", metadata: ["task": "\(claim.uuid)", "error": "\(error)"])
        }
    }
}

/// A task as its worker received it.
struct TaskClaim: Sendable {
    let key: Int64
    let uuid: String
    let name: String
    let arguments: String
    let correlationID: String
    /// Who asked for the task; nil when nobody is known.
    var creator: ID<User>?
    /// How long the task may run; nil for no limit.
    var limit: Duration?

    var id: ID<TaskRecord> { TaskRecord.id(uuid: uuid) }
}
