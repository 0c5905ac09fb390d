import Foundation
import PulpCore
import PulpTesting
import Testing

@Suite("A worker process that is told to stop", .timeLimit(.minutes(10)))
struct WorkerStopTests {
    @Test(
        "lets its task end and takes no other, which the next process does",
        arguments: [(DatabaseKind.sqlite, SIGTERM), (.postgreSQL, SIGTERM), (.sqlite, SIGHUP)])
    func terminated(kind: DatabaseKind, signal: CInt) async throws {
        try await Site.with(kind) { site in
            let worker = try await site.startWorker(["PULP_WORKERS": "1"])
            let (running, waiting) = try await site.dispatch(SleepTask(3), andThen: DummyTask())
            #expect(await site.end(worker, by: signal) == .exited(0))
            #expect(try await site.task(running).state == .completed)
            #expect(try await site.task(waiting).state == .waiting)
            _ = try await site.startWorker()
            try await site.until("the next process has done what waited") { try await site.task(waiting).state == .completed }
        }
    }

    @Test("by SIGINT fails the task that is not done within the grace interval, and takes no other", arguments: DatabaseKind.allCases)
    func interrupted(kind: DatabaseKind) async throws {
        try await Site.with(kind) { site in
            let worker = try await site.startWorker(["PULP_WORKERS": "1", "PULP_TASK_GRACE_INTERVAL": "1"])
            let (running, waiting) = try await site.dispatch(SleepTask(3600), andThen: DummyTask())
            #expect(await site.end(worker, by: SIGINT) == .exited(0))
            try await site.expectAborted(running)
            #expect(try await site.task(waiting).state == .waiting)
        }
    }

    @Test("by SIGINT lets the task end that is done within the grace interval", arguments: DatabaseKind.allCases)
    func inTime(kind: DatabaseKind) async throws {
        try await Site.with(kind) { site in
            let worker = try await site.startWorker(["PULP_WORKERS": "1", "PULP_TASK_GRACE_INTERVAL": "3600"])
            let (running, waiting) = try await site.dispatch(SleepTask(2), andThen: DummyTask())
            #expect(await site.end(worker, by: SIGINT) == .exited(0))
            #expect(try await site.task(running).state == .completed)
            #expect(try await site.task(waiting).state == .waiting)
        }
    }

    @Test("by a second SIGINT fails its task at once", arguments: DatabaseKind.allCases)
    func interruptedAgain(kind: DatabaseKind) async throws {
        try await Site.with(kind) { site in
            let worker = try await site.startWorker(["PULP_WORKERS": "1", "PULP_TASK_GRACE_INTERVAL": "3600"])
            let (running, waiting) = try await site.dispatch(SleepTask(3600), andThen: DummyTask())
            // Signals of one kind that come together are one.
            try await site.until("the process has ended") {
                worker.process.send(SIGINT)
                return worker.process.end != nil
            }
            #expect(worker.process.end == .exited(0))
            try await site.expectAborted(running)
            #expect(try await site.task(waiting).state == .waiting)
        }
    }
}

extension Site {
    /// Asks for a task, waits until somebody runs it, and asks for another one.
    fileprivate func dispatch(
        _ first: SleepTask, andThen second: DummyTask
    ) async throws -> (running: ID<TaskRecord>, waiting: ID<TaskRecord>) {
        let running = try await pulp.dispatch(first).id
        try await until("a task runs") { try await self.task(running).state == .running }
        return (running, try await pulp.dispatch(second).id)
    }

    fileprivate func expectAborted(_ task: ID<TaskRecord>) async throws {
        let task = try await self.task(task)
        #expect(task.state == .failed)
        #expect(task.error == ["reason": "Aborted during worker shutdown."])
    }
}
