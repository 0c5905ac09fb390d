import PulpFaults
import PulpTesting
import Testing

/// Short runs with fixed seeds; `make faults` makes long ones.
@Suite("After everything that goes wrong", .serialized, .timeLimit(.minutes(15)))
struct FaultTests {
    @Test(
        "no task hangs, no version and no byte is lost or wrong, and nothing is left behind",
        arguments: [
            (FaultKind.kill, DatabaseKind.sqlite), (.kill, .postgreSQL), (.pause, .sqlite), (.pause, .postgreSQL), (.lies, .sqlite),
            (.disk, .sqlite), (.mixed, .sqlite),
        ])
    func run(kind: FaultKind, database: DatabaseKind) async throws {
        let report = try await report(kind, database)
        #expect(report.map(\.findings) ?? [] == [], "\(report.map { "\($0)" } ?? "")")
    }

    // A worker whose connection breaks while it takes a task, after the server has written that and before it said so, does not
    // know of the task and does not begin it; as the worker lives, nobody fails the task. Once that is mended, such a run is one
    // of those above.
    @Test("a database server that was away leaves everything in order", arguments: [FaultKind.database, .mixed])
    func server(kind: FaultKind) async throws {
        let report = try await report(kind, .postgreSQL)
        #expect(report.map(\.findings) ?? [] == [], "\(report.map { "\($0)" } ?? "")")
    }

    /// - Returns: nil where there can be no such run.
    private func report(_ kind: FaultKind, _ database: DatabaseKind) async throws -> FaultReport? {
        var settings = FaultSettings(kind, database, seed: 1)
        if kind == .pause { settings.duration = .seconds(6) }
        return settings.isPossible ? try await settings.run() : nil
    }
}
