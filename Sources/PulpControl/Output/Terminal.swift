import Foundation
import Synchronization

/// Where a command writes: results to standard output, progress and failures to standard error.
struct Terminal: Sendable {
    /// Whether standard output is a terminal that shows colours.
    let hasColours: Bool
    /// Whether standard error is a terminal, on which a line can be written over.
    let isInteractive: Bool
    /// The columns of standard error.
    var width: Int { columns() }
    private let columns: @Sendable () -> Int
    private let output: @Sendable (String) -> Void
    private let errors: @Sendable (String) -> Void

    init(
        hasColours: Bool, isInteractive: Bool, columns: @escaping @Sendable () -> Int = { 80 },
        output: @escaping @Sendable (String) -> Void,
        errors: @escaping @Sendable (String) -> Void
    ) {
        (self.hasColours, self.isInteractive, self.columns) = (hasColours, isInteractive, columns)
        (self.output, self.errors) = (output, errors)
    }

    /// The terminal of this process, with colours only where it is one, and `NO_COLOR` is not set.
    static func standard(environment: [String: String]) -> Terminal {
        let isDumb = environment["TERM"] == "dumb"
        let refusesColours = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return Terminal(
            hasColours: isatty(STDOUT_FILENO) == 1 && !refusesColours && !isDumb,
            isInteractive: isatty(STDERR_FILENO) == 1 && !isDumb, columns: columnsOfStandardError,
            output: { write($0, to: STDOUT_FILENO) }, errors: { write($0, to: STDERR_FILENO) })
    }

    /// Writes a line of a result.
    func print(_ line: String) { output(line + "\n") }

    /// Writes a line about the work.
    func note(_ line: String) { errors(line + "\n") }

    /// Writes to standard error as it is.
    func draw(_ text: String) { errors(text) }

    func bold(_ text: String) -> String { hasColours ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

    func dimmed(_ text: String) -> String { hasColours ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
}

/// Asked each time: a window changes its size.
@Sendable private func columnsOfStandardError() -> Int {
    var size = winsize()
    let hasSize = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return hasSize ? Int(size.ws_col) : 80
}

/// Writes all of a text; whoever closed the other end wants no more of it.
private func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        if written < 0, errno == EINTR || errno == EAGAIN { continue }
        guard written > 0 else { return }
        bytes = bytes.dropFirst(written)
    }
}
