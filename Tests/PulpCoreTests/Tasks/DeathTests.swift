import PulpTesting
import Testing

@testable import PulpCore

@Suite("Who is taken for dead")
struct DeathTests {
    private let start = SuspendingClock.now

    /// What a process sees every quarter of a second, of one other that beats at the given moments and holds its lease or not.
    private func deaths(
        of liveness: inout Liveness, seconds: Double, beat: (Double) -> Int64, isLeaseFree: (Double) -> Bool
    ) -> [Double] {
        stride(from: 0, through: seconds, by: 0.25).filter { second in
            let sighting = Liveness.Sighting(
                uuid: "w", heartbeat: Timestamp(microseconds: beat(second)), isLeaseFree: isLeaseFree(second))
            return !liveness.observe([sighting], at: start + .seconds(second)).isEmpty
        }
    }

    @Test("one whose lease is free for the grace time")
    func free() {
        var liveness = Liveness(lifetime: .seconds(30), grace: .seconds(1))
        #expect(deaths(of: &liveness, seconds: 8, beat: { Int64($0) }, isLeaseFree: { $0 >= 5 }).first == 6)
        var strict = Liveness(lifetime: .seconds(30), grace: .zero)
        #expect(deaths(of: &strict, seconds: 8, beat: { Int64($0) }, isLeaseFree: { $0 >= 5 }).first == 5)
    }

    @Test("not one whose connection broke for less than that")
    func reconnected() {
        var liveness = Liveness(lifetime: .seconds(30), grace: .seconds(1))
        #expect(deaths(of: &liveness, seconds: 60, beat: { Int64($0) }, isLeaseFree: { $0.truncatingRemainder(dividingBy: 2) < 1 }) == [])
    }

    @Test("one that holds its lease, but whose heart has stood still for its lifetime")
    func paused() {
        var liveness = Liveness(lifetime: .seconds(30), grace: .seconds(1))
        #expect(deaths(of: &liveness, seconds: 80, beat: { min(Int64($0) / 10, 2) }, isLeaseFree: { _ in false }).first == 50)
    }

    @Test("not one whose clock jumps, back or forth, or whose beats are late")
    func clocks() {
        for jump: Int64 in [-3_600_000_000, 3_600_000_000] {
            var liveness = Liveness(lifetime: .seconds(30), grace: .seconds(1))
            let beat: (Double) -> Int64 = { Int64($0) / 20 + ($0 > 50 ? jump : 0) }
            #expect(deaths(of: &liveness, seconds: 120, beat: beat, isLeaseFree: { _ in false }) == [])
        }
    }

    @Test("nobody, on the word of one that has not looked for a long time")
    func gap() {
        for outage in [6.0, 29, 31, 3600] {
            var liveness = Liveness(lifetime: .seconds(10), grace: .seconds(1))
            let sighting = Liveness.Sighting(uuid: "w", heartbeat: Timestamp(microseconds: 1), isLeaseFree: true)
            #expect(liveness.observe([sighting], at: start) == [])
            #expect(liveness.observe([sighting], at: start + .seconds(outage)) == [])
            #expect(liveness.observe([sighting], at: start + .seconds(outage + 1)) == ["w"])
        }
    }

    @Test("nobody that is not there any more")
    func gone() {
        var liveness = Liveness(lifetime: .seconds(10), grace: .seconds(1))
        let sighting = Liveness.Sighting(uuid: "w", heartbeat: Timestamp(microseconds: 1), isLeaseFree: true)
        _ = liveness.observe([sighting], at: start)
        #expect(liveness.observe([], at: start + .seconds(1)) == [])
        #expect(liveness.observe([sighting], at: start + .seconds(2)) == [])
    }
}
