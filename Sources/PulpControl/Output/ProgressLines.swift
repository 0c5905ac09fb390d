import PulpCore

/// Decides what to show of a task's progress; a ``ProgressDisplay`` writes it.
struct ProgressLines: Sendable {
    private var last: ProgressReport?
    private var announced: Set<String> = []

    /// The line to write over the one that is shown.
    mutating func bar(for report: ProgressReport, width: Int) -> String {
        last = report
        let count = Self.count(report)
        let message = report.message.printable
        guard let total = report.total, total > 0 else { return String("\(message)  \(count)".prefix(width - 1)) }
        let room = max(0, min(30, width - message.count - count.count - 8))
        guard room >= 5 else { return String("\(message)  \(count)".prefix(width - 1)) }
        let filled = min(room, room * report.done / total)
        return "\(message)  [\(String(repeating: "#", count: filled))\(String(repeating: ".", count: room - filled))] \(count)"
    }

    /// The line to add where lines cannot be written over: one when a part of the work begins, one when it is done.
    mutating func line(for report: ProgressReport) -> String? {
        defer { last = report }
        let isDone = report.total == report.done && report.done > 0
        let key = "\(report.code) \(isDone)"
        guard announced.insert(key).inserted else { return nil }
        return isDone || report.done > 0 ? "\(report.message.printable)  \(Self.count(report))" : report.message.printable
    }

    private static func count(_ report: ProgressReport) -> String {
        report.total.map { "\(report.done)/\($0)" } ?? (report.done > 0 ? "\(report.done)" : "")
    }
}
