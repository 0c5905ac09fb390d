/// What a run did, and what it found wrong.
public struct FaultReport: Sendable, CustomStringConvertible {
    /// What makes the same run again.
    public let settings: FaultSettings
    /// How often what happened.
    public let counts: [String: Int]
    /// What must not be; nothing when all is well.
    public let findings: [String]
    /// Where the data, and the logs of the programs, of a run with findings are kept.
    public let folder: String?

    /// One line that says which run it is.
    public var title: String {
        "\(settings.kind) on \(settings.database), store \(settings.store), seed \(settings.seed), \(settings.duration)"
    }

    /// All of it, for people.
    public var description: String {
        var lines = [title]
        for (what, count) in counts.sorted(by: { $0.key < $1.key }) { lines.append("  \(what): \(count)") }
        lines += findings.map { "  WRONG: \($0)" }
        if let folder { lines.append("  kept: \(folder)") }
        return lines.joined(separator: "\n")
    }
}
