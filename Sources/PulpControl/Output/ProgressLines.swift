import PulpCore

/// Decides what to show of a task's progress; a ``ProgressDisplay`` writes it.
struct ProgressLines: Sendable {
    private var files: ProgressReport?
    private var bytes: ProgressReport?
    private var announced: Set<String> = []

    /// The line to write over the one that is shown.
    ///
    /// Downloaded files and bytes are one line: the bytes move the bar, where their sum is known.
    mutating func bar(for report: ProgressReport, width: Int) -> String {
        switch report.code {
        case ProgressReport.downloadedFiles: files = report
        case ProgressReport.downloadedBytes: bytes = report
        default: return Self.bar(report.message, Self.fraction(report), Self.count(report), width)
        }
        let amount = bytes.map { "\(ByteCount(Int64($0.done)))" } ?? ""
        let counts = [files.map(Self.count) ?? "", amount].filter { !$0.isEmpty }.joined(separator: "  ")
        return Self.bar((files ?? report).message, bytes.flatMap(Self.fraction) ?? files.flatMap(Self.fraction), counts, width)
    }

    private static func bar(_ message: String, _ fraction: Double?, _ count: String, _ width: Int) -> String {
        let message = message.printable
        let room = min(30, width - message.count - count.count - 8)
        guard let fraction, room >= 5 else { return String("\(message)  \(count)".prefix(width - 1)) }
        let filled = Int(Double(room) * fraction)
        return "\(message)  [\(String(repeating: "#", count: filled))\(String(repeating: ".", count: room - filled))] \(count)"
    }

    /// How much of the work is done; nil where nobody knows how much there is.
    private static func fraction(_ report: ProgressReport) -> Double? {
        guard let total = report.total, total > 0 else { return nil }
        return min(1, max(0, Double(report.done) / Double(total)))
    }

    /// The line to add where lines cannot be written over: one when a part of the work begins, one when it is done.
    mutating func line(for report: ProgressReport) -> String? {
        if report.code == ProgressReport.downloadedBytes { return nil }
        let isDone = report.total == report.done && report.done > 0
        let key = "\(report.code) \(isDone)"
        guard announced.insert(key).inserted else { return nil }
        return isDone || report.done > 0 ? "\(report.message.printable)  \(Self.count(report))" : report.message.printable
    }

    private static func count(_ report: ProgressReport) -> String {
        report.total.map { "\(report.done)/\($0)" } ?? (report.done > 0 ? "\(report.done)" : "")
    }
}
