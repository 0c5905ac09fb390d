import Foundation
import PulpTesting
import Synchronization

/// The `pulpd` processes of a run, which are killed, stopped and started again, and which must not end otherwise.
final class Fleet: Sendable {
    private struct Member {
        var pulpd: PulpdProcess?
        /// Whether somebody is doing something to it.
        var isBusy = false
        /// Whether its end is wanted.
        var isEnding = false
    }

    private let environment: [String: String]
    private let folder: URL
    private let leash: ProcessLeash
    private let ledger: Ledger
    /// Whether what a program needs to begin is away: one that begins now may end again.
    private let hardship: Hardship
    private let members = Mutex([Member](repeating: Member(), count: FaultPlan.processes))

    init(environment: [String: String], folder: URL, leash: ProcessLeash, ledger: Ledger, hardship: Hardship) {
        (self.environment, self.folder, self.leash, self.ledger) = (environment, folder, leash, ledger)
        self.hardship = hardship
    }

    /// Where content is served now; nil when it is not.
    var contentPort: Int? {
        members.withLock { $0[0].pulpd }?.contentAddress.flatMap { $0.split(separator: ":").last.flatMap { Int($0) } }
    }

    /// The numbers of the processes that run.
    var identifiers: [CInt] { members.withLock { $0.compactMap { $0.pulpd?.process.identifier } } }

    func startAll() throws {
        for index in 0..<FaultPlan.processes { try start(index) }
    }

    /// Kills a process, and starts it again after a time.
    func kill(_ index: Int, for pause: Duration) async throws {
        try await handle(index) { process in
            ledger.count("kills")
            members.withLock { $0[index].isEnding = true }
            process.send(SIGKILL)
            _ = await process.waitForEnd()
            try await Task.sleep(for: pause)
            try start(index)
        }
    }

    /// Asks a process to end, and starts it again when it has.
    func restart(_ index: Int) async throws {
        try await handle(index) { process in
            ledger.count("restarts")
            members.withLock { $0[index].isEnding = true }
            try await stop(process)
            try start(index)
        }
    }

    /// Stops a process for a time.
    func pause(_ index: Int, for pause: Duration) async throws {
        try await handle(index) { process in
            ledger.count("stops")
            process.send(SIGSTOP)
            defer { process.send(SIGCONT) }
            try await Task.sleep(for: pause)
        }
    }

    /// Asks all of them to end, and waits until they have.
    func stopAll() async throws {
        for index in 0..<FaultPlan.processes {
            let pulpd = members.withLock { members in
                members[index].isEnding = true
                return members[index].pulpd
            }
            if let pulpd { try await stop(pulpd.process) }
        }
    }

    /// Kills all of them: the run broke off.
    func killAll() async {
        for index in 0..<FaultPlan.processes {
            let pulpd = members.withLock { members in
                members[index].isEnding = true
                return members[index].pulpd
            }
            pulpd?.process.send(SIGKILL)
            _ = await pulpd?.process.waitForEnd()
        }
    }

    /// Starts those that do not run.
    func startMissing() throws {
        for index in 0..<FaultPlan.processes where members.withLock({ $0[index].pulpd == nil && !$0[index].isBusy }) { try start(index) }
    }

    private func handle(_ index: Int, _ body: (ChildProcess) async throws -> Void) async throws {
        let process = members.withLock { members -> ChildProcess? in
            guard !members[index].isBusy, let pulpd = members[index].pulpd else { return nil }
            members[index].isBusy = true
            return pulpd.process
        }
        guard let process else { return ledger.count("faults that came too soon") }
        defer { members.withLock { $0[index].isBusy = false } }
        try await body(process)
    }

    private func stop(_ process: ChildProcess) async throws {
        process.send(SIGTERM)
        let impatience = Task {
            // A task that ends while the database is away, half a minute at most, waits for it.
            try await Task.sleep(for: .seconds(90))
            ledger.find("pulpd (\(process.identifier)) did not end within 90 seconds of SIGTERM")
            process.send(SIGKILL)
        }
        let end = await process.waitForEnd()
        impatience.cancel()
        // One that has only just begun does not know yet what to do with the signal, or could not begin.
        if end == .exited(1), hardship.isRecent { return ledger.count("starts in vain") }
        if end != .exited(0), end != .killed(by: SIGTERM) { ledger.find("pulpd ended with \(end) after SIGTERM") }
    }

    private func start(_ index: Int) throws {
        var environment = environment
        environment["PULP_ROLES"] = index == 0 ? "content,worker" : "worker"
        let wasHard = hardship.isNow
        let began = ContinuousClock.now
        let pulpd = try PulpdProcess(
            environment: environment, folder: folder, log: folder.appending(path: "pulpd-\(index).log"), leash: leash)
        ledger.count("starts")
        members.withLock { members in
            members[index].pulpd = pulpd
            members[index].isEnding = false
        }
        Task {
            let end = await pulpd.process.waitForEnd()
            let isWanted = members.withLock { members in
                guard members[index].pulpd === pulpd else { return true }
                members[index].pulpd = nil
                return members[index].isEnding
            }
            if isWanted { return }
            // What cannot begin without its database or its disk says so and ends: whoever started it starts it again.
            let isYoung = ContinuousClock.now - began < .seconds(10)
            if isYoung, wasHard || hardship.isRecent, end == .exited(1) {
                ledger.count("starts in vain")
                try await Task.sleep(for: .milliseconds(300))
                if members.withLock({ !$0[index].isEnding && $0[index].pulpd == nil }) { try start(index) }
            } else {
                ledger.find("pulpd \(index) ended by itself: \(end); see pulpd-\(index).log")
            }
        }
    }
}
