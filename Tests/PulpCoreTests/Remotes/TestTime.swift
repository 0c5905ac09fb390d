import Synchronization

@testable import PulpCore

/// Time that passes only when somebody sleeps, and that remembers for how long.
final class TestTime: Sendable {
    private let state = Mutex((now: Timestamp(year: 2026, month: 11, day: 21), sleeps: [Duration]()))

    var sleeps: [Duration] { state.withLock { $0.sleeps } }
    var now: Timestamp { state.withLock { $0.now } }

    func advance(_ duration: Duration) { state.withLock { $0.now = $0.now + duration } }

    var time: DownloadTime {
        DownloadTime(
            now: { self.now },
            sleep: { duration in
                try Task.checkCancellation()
                self.state.withLock { state in
                    state.sleeps.append(duration)
                    state.now = state.now + duration
                }
            },
            jitter: { 0 })
    }
}
