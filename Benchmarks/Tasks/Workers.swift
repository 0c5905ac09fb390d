import Foundation
import PulpCore
import Synchronization

/// Processes that run tasks.
final class Workers: Sendable {
    private let program: String
    private let environment: [String: String]
    private let processes = Mutex<[pid_t]>([])

    init(program: String, environment: [String: String]) {
        self.program = program
        self.environment = environment.merging(
            ["PULP_ROLES": "worker", "PULP_LOG_LEVEL": "error", "PULP_ADMIN_PASSWORD": "benchmark"]) { $1 }
    }

    /// Starts some, and waits until all of them are there.
    func start(_ count: Int, for pulp: Pulp) async throws {
        for _ in 0..<count {
            let process = Process()
            process.executableURL = URL(filePath: program)
            process.environment = environment
            try process.run()
            processes.withLock { $0.append(process.processIdentifier) }
        }
        while try await pulp.tasks.workers().count < count { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// Kills the one that others know by this name, `pid@host`.
    func kill(_ name: String) {
        if let pid = name.split(separator: "@").first.flatMap({ pid_t($0) }) { Foundation.kill(pid, SIGKILL) }
    }

    func kill() {
        for process in processes.withLock({ processes in
            defer { processes = [] }
            return processes
        }) {
            Foundation.kill(process, SIGKILL)
        }
    }
}
