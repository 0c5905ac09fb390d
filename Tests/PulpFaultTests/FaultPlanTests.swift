import PulpFaults
import PulpTesting
import Testing

@Suite("The plan of a run")
struct FaultPlanTests {
    private static func plan(_ seed: UInt64, _ kind: FaultKind = .mixed, _ database: DatabaseKind = .postgreSQL) -> FaultPlan {
        FaultSettings(kind, database, seed: seed, duration: .seconds(30)).plan
    }

    @Test("is decided by the seed")
    func seeds() {
        for seed in 0..<20 as Range<UInt64> {
            #expect(Self.plan(seed) == Self.plan(seed))
            #expect(Self.plan(seed) != Self.plan(seed + 1))
        }
    }

    @Test("holds what its kind says, and nothing else", arguments: FaultKind.allCases)
    func kinds(kind: FaultKind) {
        let faults = Set((0..<20).flatMap { Self.plan($0, kind).faults })
        let expected: Set<String> =
            switch kind {
            case .kill: ["kill", "restart"]
            case .pause: ["pause"]
            case .lies: ["lie"]
            case .database: ["stopDatabase"]
            case .disk: ["fillDisk"]
            case .mixed: ["kill", "restart", "pause", "lie", "stopDatabase"]
            }
        #expect(faults == expected)
    }

    @Test("stops no server where there is none")
    func noServer() {
        for seed in 0..<20 as Range<UInt64> { #expect(!Self.plan(seed, .mixed, .sqlite).faults.contains("stopDatabase")) }
    }
}
