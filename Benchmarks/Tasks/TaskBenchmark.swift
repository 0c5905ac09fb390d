import ArgumentParser
import Foundation
import Logging
import PulpConfiguration
import PulpCore

/// Measures the task engine: prints one line of JSON for each figure.
@main
struct TaskBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task-benchmark",
        abstract: "Measures how fast tasks are dispatched, run and handed on.",
        discussion: """
            The database is that of PULP_DATABASE_URL, else SQLite in the data directory; both must be empty and of no worth.

            Example:
              task-benchmark --pulpd .build/release/pulpd --data-dir /tmp/bench
            """)

    @Option(help: "The program that runs tasks where several processes are measured.")
    var pulpd: String
    @Option(help: "An empty folder.")
    var dataDir: String
    @Option(help: "How many tasks a throughput is measured with.")
    var tasks = 3000
    @Option(help: "How often each measurement is made.")
    var runs = 5
    @Option(help: "How many tasks wait at most while the dispatch of another is measured.")
    var waiting = 100_000

    func run() async throws {
        var environment = ProcessInfo.processInfo.environment
        environment["PULP_DATA_DIR"] = dataDir
        environment["PULP_TEST_TASKS"] = "true"
        var installation = try await Installation.load(environment: environment)
        installation.settings.logger.logLevel = .error
        let database = try installation.openDatabase()
        let pulp = try await Pulp(settings: installation.settings, database: database, plugins: [])
        let workers = Workers(program: pulpd, environment: environment)
        let measures = Measures(pulp: pulp, workers: workers, runs: runs)
        do {
            try await measures.throughput(tasks)
            try await measures.latency()
            try await measures.draining()
            try await measures.killing()
            try await measures.dispatching(waiting)
        } catch {
            workers.kill()
            throw error
        }
        try await pulp.close()
    }
}

/// What is measured, and how it is printed.
struct Measures {
    let pulp: Pulp
    let workers: Workers
    let runs: Int

    private func say(_ name: String, _ values: [Double], unit: String) {
        let line: JSON = ["figure": .string(name), "unit": .string(unit), "runs": .array(values.map { .number($0) })]
        print(line.text)
        fflush(nil)
    }

    private func time(_ body: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// Runs a body while this process runs tasks.
    private func withWorkers(_ body: () async throws -> Void) async throws {
        let pulp = pulp
        let working = Task { try await pulp.runWorkers() }
        try await body()
        working.cancel()
        try await working.value
    }

    /// Dispatches many tasks from several places at once.
    private func dispatch(_ count: Int, from places: Int = 32, _ make: @escaping @Sendable (Int) -> DummyTask) async throws {
        let pulp = pulp
        try await withThrowingTaskGroup(of: Void.self) { group in
            for place in 0..<places {
                group.addTask {
                    for index in stride(from: place, to: count, by: places) { _ = try await pulp.dispatch(make(index)) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Dispatches tasks that are there only for others to meet them.
    private func fill(_ numbers: Range<Int>, _ make: (Int) -> DummyTask) async throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 500) {
            let batch = start..<min(start + 500, numbers.upperBound)
            _ = try await pulp.tasks.dispatch(contentsOf: batch.map(make))
        }
    }

    private func waitUntilDone() async throws {
        // Asked for often, so at a cost that does not grow with what has ended.
        while try await pulp.database.read({ try $0.first("SELECT id FROM task WHERE finished IS NULL LIMIT 1") }) != nil {
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    func throughput(_ count: Int) async throws {
        var alone: [Double] = []
        try await withWorkers {
            for _ in 0..<runs {
                alone.append(
                    Double(count)
                        / (try await time {
                            try await dispatch(count) { _ in DummyTask() }
                            try await waitUntilDone()
                        }))
            }
        }
        say("tasks dispatched and finished, one process", alone, unit: "1/s")
        try await workers.start(2, for: pulp)
        var two: [Double] = []
        for _ in 0..<runs {
            two.append(
                Double(count)
                    / (try await time {
                        try await dispatch(count) { _ in DummyTask() }
                        try await waitUntilDone()
                    }))
        }
        workers.kill()
        say("tasks dispatched and finished, two worker processes", two, unit: "1/s")
    }

    func latency() async throws {
        var times: [Double] = []
        try await withWorkers {
            _ = try await pulp.dispatch(DummyTask()).value()
            for _ in 0..<300 {
                times.append(1000 * (try await time { _ = try await pulp.dispatch(DummyTask(["r"])).value() }))
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        sayPercentiles("created to completed, idle, this process", times)
        try await workers.start(1, for: pulp)
        times = []
        for _ in 0..<300 {
            times.append(1000 * (try await time { _ = try await pulp.dispatch(DummyTask(["r"])).value() }))
            try await Task.sleep(for: .milliseconds(5))
        }
        workers.kill()
        sayPercentiles("created to completed, idle, another process", times)
    }

    private func sayPercentiles(_ name: String, _ times: [Double]) {
        let sorted = times.sorted()
        for percent in [50, 99] { say("\(name), p\(percent)", [sorted[sorted.count * percent / 100]], unit: "ms") }
    }

    func draining() async throws {
        for count in [100, 1000, 10_000] {
            var each: [Double] = []
            for _ in 0..<(count > 1000 ? 1 : runs) {
                try await dispatch(count) { _ in DummyTask(["one"]) }
                try await withWorkers {
                    each.append(1000 * (try await time { try await waitUntilDone() }) / Double(count))
                }
            }
            say("\(count) tasks waiting on one resource, drained, each", each, unit: "ms")
        }
    }

    /// How long a task waits whose predecessor's worker is killed.
    func killing() async throws {
        var times: [Double] = []
        for _ in 0..<runs {
            try await workers.start(2, for: pulp)
            let first = try await pulp.dispatch(SleepTask(3600, ["killed"]))
            while try await pulp.tasks.find(first.id)?.state != .running { try await Task.sleep(for: .milliseconds(5)) }
            let next = try await pulp.dispatch(DummyTask(["killed"]))
            guard let worker = try await pulp.tasks.find(first.id)?.worker,
                let name = try await pulp.tasks.workers().first(where: { $0.id == worker })?.name
            else { throw ExitCode.failure }
            times.append(
                try await time {
                    workers.kill(name)
                    _ = try await next.value()
                })
            workers.kill()
        }
        say("a worker killed, until the next task has run", times, unit: "s")
    }

    /// The dispatch of a task while many others wait, on one resource and on a thousand.
    func dispatching(_ most: Int) async throws {
        for resources in [1, 1000] {
            var waiting = 0
            for count in [0, 1000, 10_000, 100_000] where count <= most {
                try await fill(waiting..<count) { DummyTask(["dispatch-\($0 % resources)"]) }
                waiting = count
                var times: [Double] = []
                for index in 0..<300 {
                    times.append(
                        1000 * (try await time { _ = try await pulp.dispatch(DummyTask(["dispatch-\(index % resources)"])) }))
                }
                waiting += 300
                let sorted = times.sorted()
                say("dispatch with \(count) waiting on \(resources), p50", [sorted[150]], unit: "ms")
            }
            _ = try await pulp.database.write { db in
                try db.execute("DELETE FROM task WHERE finished IS NULL")
            }
        }
    }
}
