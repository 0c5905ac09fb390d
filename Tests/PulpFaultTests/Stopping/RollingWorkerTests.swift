import Foundation
import PulpCore
import PulpTesting
import Synchronization
import Testing

@Suite("Worker processes that are restarted one after the other", .timeLimit(.minutes(10)))
struct RollingWorkerTests {
    @Test("complete every task, and each of them once", arguments: DatabaseKind.allCases)
    func rolling(kind: DatabaseKind) async throws {
        try await Site.with(kind) { site in
            var workers = [try await site.startWorker(), try await site.startWorker()]
            let load = Load(site.pulp)
            let dispatching = Task { try await load.dispatch() }
            let result: Result<Void, any Error>
            do {
                for index in [0, 1, 0, 1] {
                    try await site.untilBusy(workers[index])
                    #expect(await site.end(workers[index], by: SIGTERM) == .exited(0))
                    workers[index] = try await site.startWorker()
                }
                result = .success(())
            } catch { result = .failure(error) }
            load.end()
            let tasks = Set(try await dispatching.value.map(\.uuid))
            try result.get()

            try await site.until("all tasks have ended") {
                let counts = try await site.pulp.tasks.counts()
                return TaskState.unfinished.allSatisfy { counts[$0] == nil }
            }
            #expect(try await site.pulp.tasks.counts() == [.completed: tasks.count])
            for worker in workers { #expect(await site.end(worker, by: SIGTERM) == .exited(0)) }
            // The log comes through a pipe, and may be read a moment after its process has ended.
            try await site.until("the log is complete") { Set(try site.endedTasks()).isSuperset(of: tasks) }
            #expect(try site.endedTasks().sorted() == tasks.sorted())
        }
    }
}

/// Asks for small tasks, some of which take a moment, one after the other.
private final class Load: Sendable {
    private let pulp: Pulp
    private let isOver = Atomic(false)

    init(_ pulp: Pulp) { self.pulp = pulp }

    /// - Returns: the tasks that were asked for until the end.
    func dispatch() async throws -> [ID<TaskRecord>] {
        var tasks: [ID<TaskRecord>] = []
        while !isOver.load(ordering: .relaxed) {
            let resources: Set = ["resource \(tasks.count % 7)"]
            let task =
                if tasks.count % 20 == 0 { try await pulp.dispatch(SleepTask(0.1, resources)).id } else {
                    try await pulp.dispatch(DummyTask(resources)).id
                }
            tasks.append(task)
        }
        return tasks
    }

    func end() { isOver.store(true, ordering: .relaxed) }
}

extension Site {
    /// Waits until a process runs a task.
    fileprivate func untilBusy(_ pulpd: PulpdProcess) async throws {
        try await until("a worker runs a task") {
            let worker = try await self.record(of: pulpd)?.id
            return try await self.pulp.tasks.list(TaskFilter(states: [.running])).tasks.contains { $0.worker == worker }
        }
    }

    /// The tasks of which a process said that they have ended, once for each time.
    fileprivate func endedTasks() throws -> [String] {
        try logged().filter { $0.contains("task ended") }.compactMap { line in
            line.firstMatch(of: /task=(\S+)/).map { String($0.1) }
        }
    }
}
