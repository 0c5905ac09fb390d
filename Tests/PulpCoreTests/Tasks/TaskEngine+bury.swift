@testable import PulpCore

extension TaskEngine {
    /// Sweeps until whoever has given up its lease is taken for dead, without waiting for it.
    func bury() async throws {
        let now = SuspendingClock.now
        for moment in [now, now + database.leaseGrace] { try await sweep(at: moment) }
    }
}
