import Foundation
import Logging
import PulpConfiguration
import PulpCore
import PulpFile
import PulpTesting
import Synchronization

/// A store with `pulpd` processes on it, and this process, which asks for tasks.
final class Site: Sendable {
    /// The store as this process sees it.
    let pulp: Pulp
    private let environment: [String: String]
    private let folder: URL
    private let leash: ProcessLeash
    private let started = Mutex<[(pulpd: PulpdProcess, log: URL)]>([])

    /// How long anything may take that does not take that long by itself.
    private static let patience: Duration = .seconds(90)

    private init(_ pulp: Pulp, _ environment: [String: String], _ folder: URL) throws {
        (self.pulp, self.environment, self.folder) = (pulp, environment, folder)
        leash = try ProcessLeash()
    }

    /// Runs a body with an empty store, and ends what it started.
    static func with(_ kind: DatabaseKind, _ body: (Site) async throws -> Void) async throws {
        try await kind.withTemporaryDatabase { database in
            try await TemporaryDirectory.with { folder in
                var environment = [
                    "PULP_DATA_DIR": folder.path + "/data", "PULP_ADMIN_PASSWORD": "not-a-secret", "PULP_TEST_TASKS": "true",
                ]
                environment["PULP_DATABASE_URL"] = database.url
                try FileManager.default.createDirectory(atPath: folder.path + "/data", withIntermediateDirectories: false)
                let quiet = Logger(label: "site", factory: { _ in SwiftLogNoOpLogHandler() })
                let pulp = try await Installation.load(environment: environment, logger: quiet).open(plugins: [.file])
                let result: Result<Void, any Error>
                do {
                    let site = try Site(pulp, environment, folder.url)
                    do { result = .success(try await body(site)) } catch { result = .failure(error) }
                    await site.killAll()
                } catch { result = .failure(error) }
                try await pulp.close()
                try result.get()
            }
        }
    }

    /// Starts a `pulpd` with some roles.
    func start(_ roles: String, _ settings: [String: String]) throws -> PulpdProcess {
        let environment = environment.merging(settings) { _, new in new }.merging(["PULP_ROLES": roles]) { _, new in new }
        return try started.withLock { started in
            let log = folder.appending(path: "pulpd-\(started.count).log")
            let pulpd = try PulpdProcess(environment: environment, folder: folder, log: log, leash: leash)
            started.append((pulpd, log))
            return pulpd
        }
    }

    /// Starts a `pulpd` that runs tasks, and waits until it does.
    func startWorker(_ settings: [String: String] = [:]) async throws -> PulpdProcess {
        let pulpd = try start("worker", settings)
        try await until("a worker has begun") { try await self.record(of: pulpd) != nil }
        return pulpd
    }

    /// A `pulpd` as the others see it; nil when it runs no tasks.
    func record(of pulpd: PulpdProcess) async throws -> WorkerRecord? {
        try await pulp.tasks.workers().first { $0.name.hasPrefix("\(pulpd.process.identifier)@") }
    }

    /// A task as it is now.
    func task(_ id: ID<TaskRecord>) async throws -> TaskRecord {
        guard let task = try await pulp.tasks.find(id) else { throw PulpError(.notFound, "there is no task \(id)") }
        return task
    }

    /// What all processes have logged until now.
    func logged() throws -> [Substring] {
        try started.withLock { $0.map(\.log) }.flatMap { try String(contentsOf: $0, encoding: .utf8).split(separator: "\n") }
    }

    /// Waits, by asking, until a condition holds.
    func until(_ what: String, _ holds: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while try await !holds() {
            guard ContinuousClock.now < deadline else { throw PulpError(.systemState, "not within \(Self.patience): \(what)") }
            // Leaves the processor to those who are waited for.
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Sends a signal, and waits for the end.
    func end(_ pulpd: PulpdProcess, by signal: CInt) async -> ChildProcess.End {
        pulpd.process.send(signal)
        return await end(of: pulpd)
    }

    /// Waits for the end of a process; one that does not come to it is killed.
    func end(of pulpd: PulpdProcess) async -> ChildProcess.End {
        let killing = Task {
            try await Task.sleep(for: Self.patience)
            pulpd.process.send(SIGKILL)
        }
        defer { killing.cancel() }
        return await pulpd.process.waitForEnd()
    }

    private func killAll() async {
        let started = started.withLock { $0.map(\.pulpd) }
        for pulpd in started { pulpd.process.send(SIGKILL) }
        for pulpd in started { _ = await pulpd.process.waitForEnd() }
    }
}
