import ArgumentParser
import Foundation
import PulpFaults
import PulpTesting

/// Runs one seed after the other for as long as it is told to, and prints what happened.
@main
struct PulpFaultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pulp-faults",
        abstract: "Kill, stop and restart pulpd, lie to it, and see that nothing is lost.",
        discussion: "Ends with 1 and keeps the data of a run that found something wrong; the same seed makes the same plan again.")

    @Option(help: "How many minutes things go wrong, all runs together.") var minutes = 5.0
    @Option(help: "The seed of the first run; the next ones follow.") var seed: UInt64?
    @Option(help: "sqlite or postgresql; both, one after the other, when it is not given.") var database: String?
    @Option(help: "Where bytes are kept: local or s3.") var store = "local"
    @Option(help: "Only this kind of fault: \(FaultKind.allCases.map(\.rawValue).joined(separator: ", ")).") var kind: String?
    @Option(help: "How many seconds things go wrong in one run.") var seconds = 30

    private var databases: [DatabaseKind] {
        get throws {
            switch database?.lowercased() {
            case nil, "": DatabaseKind.allCases
            case "sqlite": [.sqlite]
            case "postgresql": [.postgreSQL]
            default: throw ValidationError("--database is sqlite or postgresql")
            }
        }
    }

    private var kinds: [FaultKind] {
        get throws {
            guard let kind, !kind.isEmpty else { return FaultKind.allCases }
            guard let kind = FaultKind(rawValue: kind) else {
                throw ValidationError("--kind is one of \(FaultKind.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return [kind]
        }
    }

    private var stores: [FaultStore] {
        get throws {
            guard let store = FaultStore(rawValue: store) else {
                throw ValidationError("--store is one of \(FaultStore.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return [store]
        }
    }

    func validate() throws { _ = (try databases, try kinds, try stores) }

    func run() async throws {
        let first = seed ?? UInt64.random(in: 1..<1_000_000)
        var spent = Duration.zero
        var (runs, failures) = (0, 0)
        while spent < .seconds(minutes * 60) {
            for settings in try round(from: first &+ UInt64(runs)) where spent < .seconds(minutes * 60) {
                let report = try await settings.run()
                say("\(report)")
                spent += settings.duration
                runs += 1
                if !report.findings.isEmpty { failures += 1 }
            }
        }
        say("\(runs) runs from seed \(first), \(failures) of them found something wrong")
        if failures > 0 { throw ExitCode.failure }
    }

    /// One run of each kind on each database, with one seed after the other.
    private func round(from first: UInt64) throws -> [FaultSettings] {
        var settings: [FaultSettings] = []
        for kind in try kinds {
            for database in try databases {
                for store in try stores {
                    var run = FaultSettings(kind, database, store: store, seed: first &+ UInt64(settings.count))
                    (run.duration, run.outage) = (.seconds(seconds), .seconds(min(30, max(2, seconds / 3))))
                    run.timeToLive = 3
                    if run.isPossible { settings.append(run) }
                }
            }
        }
        guard !settings.isEmpty else { throw ValidationError("there is no such run: only a PostgreSQL server can be stopped") }
        return settings
    }

    /// At once, for who watches a long run.
    private func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}
