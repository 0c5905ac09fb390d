import Foundation
import PulpTesting

/// Runs `pulpctl` beside everything else, and judges what it says.
struct ControlProgram: Sendable {
    /// The name of the mirror that `pulpctl file mirror` makes, from the upstream with this number.
    static let mirror = (name: "control", upstream: 1)

    let environment: [String: String]
    let folder: URL
    let leash: ProcessLeash
    let ledger: Ledger
    let hardship: Hardship
    let upstreamURL: String
    /// How long a command may take at most.
    let patience: Duration

    struct Run: Sendable {
        var output: String
        var errors: String
        var end: ChildProcess.End
    }

    /// Runs a command, which may be killed.
    func act(_ control: FaultPlan.Control, kill delay: Duration?) async throws {
        let words =
            switch control {
            case .check: ["fsck"]
            case .mirror: ["file", "mirror", upstreamURL + "\(Self.mirror.upstream)/", "--at", Self.mirror.name]
            case .synchronize: ["file", "repository", "sync", "--repository", "mirror-0", "--mirror"]
            case .cleanUp: ["orphan", "cleanup", "--protection-time", "0"]
            case .list: ["task", "list", "--state", "running"]
            }
        ledger.count("pulpctl: \(words[0]) \(words.count > 1 ? words[1] : "")")
        let run = try await run(words, killedAfter: delay)
        if case .killed(let signal) = run.end, signal != SIGKILL || delay == nil {
            ledger.find("pulpctl \(words.joined(separator: " ")) was killed by signal \(signal): \(run.errors)")
        }
        if control == .check, run.end == .exited(1), run.errors.isEmpty { judge(run.output) }
    }

    /// Runs a command to its end.
    func run(_ words: [String], killedAfter delay: Duration? = nil) async throws -> Run {
        let (output, errors) = (ProcessOutput(), ProcessOutput())
        let process = try ChildProcess(
            ChildProcess.program("pulpctl"), arguments: words, environment: environment, folder: folder, leash: leash,
            onOutput: { output.append($0) }, onErrors: { errors.append($0) })
        let killing = delay.map { delay in
            Task {
                try await Task.sleep(for: delay)
                if process.end == nil { ledger.count("kills of pulpctl") }
                process.send(SIGKILL)
            }
        }
        let overdue = Task {
            try await Task.sleep(for: patience)
            ledger.find("pulpctl \(words.joined(separator: " ")) did not end within \(patience)")
            process.send(SIGKILL)
        }
        let end = await process.waitForEnd()
        killing?.cancel()
        overdue.cancel()
        return Run(output: await output.text(), errors: await errors.text(), end: end)
    }

    /// Beside running processes there is what killed ones left a moment ago, and nothing else.
    private func judge(_ output: String) {
        for line in output.split(separator: "\n") {
            let isPassing = ["which no artifact speaks of", "belongs to no running process", "its worker", "has no worker"].contains {
                line.contains($0)
            }
            ledger.count(isPassing ? "fsck: what killed processes left" : "fsck: other findings")
            if !isPassing { ledger.find("pulpctl fsck said beside running processes: \(line)") }
        }
    }
}
