import PulpFaults
import PulpTesting
import Testing

/// Short runs, each with a seed of its own; `make faults` makes long ones.
@Suite("After everything that goes wrong", .serialized, .timeLimit(.minutes(10)))
struct FaultTests {
    @Test(
        "no task hangs, no version and no byte is lost or wrong, and nothing is left behind",
        arguments: [
            (FaultKind.kill, DatabaseKind.sqlite), (.kill, .postgreSQL), (.pause, .sqlite), (.pause, .postgreSQL), (.lies, .sqlite),
            (.database, .postgreSQL), (.disk, .sqlite), (.mixed, .postgreSQL),
        ])
    func run(kind: FaultKind, database: DatabaseKind) async throws {
        var settings = FaultSettings(kind, database, seed: 1)
        if kind == .pause { settings.duration = .seconds(6) }
        guard settings.isPossible else { return }
        let report = try await settings.run()
        #expect(report.findings == [], "\(report)")
    }
}
