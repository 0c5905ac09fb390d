/// One field of a cron expression: the numbers that it admits.
struct CronField: Sendable, Hashable {
    /// What a field counts, and which words it knows besides numbers.
    struct Kind: Sendable {
        let name: String
        let range: ClosedRange<Int>
        var words: [String] = []
        /// The number of the first word.
        var firstWord = 0

        static let second = Kind(name: "second", range: 0...59)
        static let minute = Kind(name: "minute", range: 0...59)
        static let hour = Kind(name: "hour", range: 0...23)
        static let day = Kind(name: "day", range: 1...31)
        static let month = Kind(
            name: "month", range: 1...12,
            words: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], firstWord: 1)
        /// Both 0 and 7 are Sunday.
        static let weekday = Kind(name: "weekday", range: 0...7, words: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])
    }

    /// Bit n stands for the number n.
    private(set) var bits: UInt64 = 0
    /// Whether the field begins with a star: then it does not restrict the day by itself (see ``CronExpression``).
    let hasStar: Bool

    /// The smallest admitted number from one on; nil when there is none.
    func next(from number: Int) -> Int? {
        guard number < 64 else { return nil }
        let rest = bits >> UInt64(max(0, number))
        return rest == 0 ? nil : max(0, number) + rest.trailingZeroBitCount
    }

    var first: Int { bits.trailingZeroBitCount }

    func admits(_ number: Int) -> Bool { bits >> UInt64(number) & 1 == 1 }

    /// Whether every number of a kind is admitted.
    func admitsAll(of kind: Kind) -> Bool { kind.range.allSatisfy(admits) }

    /// Reads a field: a list of stars, numbers, words and ranges, each with or without a step.
    init(_ text: Substring, _ kind: Kind) throws(CronField.Problem) {
        hasStar = text.first == "*"
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard !part.isEmpty else { throw Problem(kind, text, "has an empty place in its list") }
            for number in try Self.numbers(part, kind) { bits |= 1 << UInt64(number) }
        }
        if kind.name == Kind.weekday.name, admits(7) { bits = (bits | 1) & 0x7F }
    }

    private static func numbers(_ part: Substring, _ kind: Kind) throws(Problem) -> StrideThrough<Int> {
        let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var step = 1
        if halves.count == 2 {
            let span = kind.range.upperBound - kind.range.lowerBound
            guard let number = number(halves[1]), (1...span).contains(number) else {
                throw Problem(kind, part, "has a step that is not between 1 and \(span)")
            }
            step = number
        }
        if halves[0] == "*" {
            // The second Sunday of the week must not shift steps.
            let last = kind.name == Kind.weekday.name ? 6 : kind.range.upperBound
            return stride(from: kind.range.lowerBound, through: last, by: step)
        }
        let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try value(ends[0], kind, in: part)
        guard ends.count == 2 else {
            return stride(from: first, through: halves.count == 2 ? kind.range.upperBound : first, by: step)
        }
        var last = try value(ends[1], kind, in: part)
        if kind.name == Kind.weekday.name, last == 0, first > 0 { last = 7 }
        guard first <= last else { throw Problem(kind, part, "is a range that begins after its end") }
        return stride(from: first, through: last, by: step)
    }

    private static func value(_ text: Substring, _ kind: Kind, in part: Substring) throws(Problem) -> Int {
        if let number = number(text) {
            guard kind.range.contains(number) else {
                throw Problem(kind, part, "is not between \(kind.range.lowerBound) and \(kind.range.upperBound)")
            }
            return number
        }
        if let index = kind.words.firstIndex(of: text.uppercased()) { return kind.firstWord + index }
        let words = kind.words.isEmpty ? "" : " or one of \(kind.words.joined(separator: ", "))"
        throw Problem(kind, part, "is not a number from \(kind.range.lowerBound) to \(kind.range.upperBound)\(words)")
    }

    /// Digits alone, and few of them.
    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    /// What is wrong with a field, in words that name it and its value.
    struct Problem: Error, CustomStringConvertible {
        let description: String

        init(_ kind: Kind, _ value: Substring, _ fault: String) {
            description = "the \(kind.name) \(String(value).debugDescription) \(fault)"
        }
    }
}
