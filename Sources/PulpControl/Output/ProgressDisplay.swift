import PulpCore
import Synchronization

/// Shows the progress of one task on standard error: a bar on a terminal, lines elsewhere.
final class ProgressDisplay: Sendable {
    private struct State {
        var lines = ProgressLines()
        var isDrawn = false
        var drawn: (moment: ContinuousClock.Instant, code: String)?
    }

    private let terminal: Terminal
    private let state = Mutex(State())

    init(_ terminal: Terminal) { self.terminal = terminal }

    func show(_ report: ProgressReport) {
        state.withLock { state in
            guard terminal.isInteractive else {
                if let line = state.lines.line(for: report) { terminal.note(line) }
                return
            }
            let bar = state.lines.bar(for: report, width: terminal.width)
            // More often than the eye follows is only work; but what is new, or the last of its kind, may have to stay for long.
            let now = ContinuousClock.now
            if let drawn = state.drawn, now - drawn.moment < .milliseconds(50), report.code == drawn.code, report.done != report.total {
                return
            }
            state.drawn = (now, report.code)
            // Written over and then cut, not cleared first: so it does not flicker.
            terminal.draw("\r\(bar)\u{1B}[K")
            state.isDrawn = true
        }
    }

    /// Leaves the terminal as it was.
    func end() {
        state.withLock { state in
            if state.isDrawn { terminal.draw("\r\u{1B}[K") }
            state.isDrawn = false
        }
    }
}
