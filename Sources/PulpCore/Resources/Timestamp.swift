internal import Foundation

/// A moment, in microseconds since 1970-01-01T00:00:00Z: what both databases store, and what the API shows.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    public let microseconds: Int64

    /// The moment so many microseconds after 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The current time of the system clock.
    public static var now: Timestamp {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    }

    /// Whether the left moment is the earlier one.
    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// This moment, moved by a duration.
    public static func + (moment: Self, duration: Duration) -> Self {
        let (seconds, attoseconds) = duration.components
        return Self(microseconds: moment.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    /// This moment, moved back by a duration.
    public static func - (moment: Self, duration: Duration) -> Self {
        moment + (.zero - duration)
    }

    /// The time between two moments.
    public static func - (later: Self, earlier: Self) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with microseconds, as the REST API writes it: `2026-11-21T10:15:00.123456Z`.
    public var description: String {
        let parts = calendarParts
        return Self.text(
            (parts.year, 4, "-"), (parts.month, 2, "-"), (parts.day, 2, "T"), (parts.hour, 2, ":"), (parts.minute, 2, ":"),
            (parts.second, 2, "."), (microsecondOfSecond, 6, "Z"))
    }

    /// Numbers with leading zeros, each with what stands behind it; made in one piece, as lists are full of them.
    private static func text(_ parts: (number: Int, width: Int, end: Unicode.Scalar)...) -> String {
        String(unsafeUninitializedCapacity: parts.reduce(0) { $0 + $1.width + 1 }) { bytes in
            var start = 0
            for part in parts {
                // RFC 3339 knows the years 0 to 9999; beyond them no more is promised than digits.
                var rest = part.number.magnitude
                for index in stride(from: start + part.width - 1, through: start, by: -1) {
                    bytes[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                bytes[start + part.width] = UInt8(ascii: part.end)
                start += part.width + 1
            }
            return start
        }
    }

    /// The basic form that names a checkpoint: `20261121T101500Z`.
    public var compact: String {
        let parts = calendarParts
        return Self.pad(parts.year, 4) + Self.pad(parts.month) + Self.pad(parts.day) + "T"
            + Self.pad(parts.hour) + Self.pad(parts.minute) + Self.pad(parts.second) + "Z"
    }

    /// Reads ``compact``; nil for anything else, impossible dates included.
    public init?(compact text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 16, digits[8] == UInt8(ascii: "T"), digits[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            digits[range].reduce(Optional(0)) { sum, digit in
                guard let sum, (0x30...0x39).contains(digit) else { return nil }
                return sum * 10 + Int(digit - 0x30)
            }
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
            let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15)
        else { return nil }
        self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard compact == text else { return nil }
    }

    /// Reads a date with or without a time of day, its fraction and its offset from UTC: ISO 8601 as far as the REST API takes it.
    ///
    /// Without an offset it is UTC. Nil for anything else, impossible dates included.
    public init?(iso8601 text: String) {
        let pattern =
            /(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(?:Z|([+\-])(\d{2}):?(\d{2}))?)?/
        guard let match = text.wholeMatch(of: pattern)?.output else { return nil }
        func number(_ digits: Substring?) -> Int { digits.flatMap { Int($0) } ?? 0 }
        let day = Timestamp(year: number(match.1), month: number(match.2), day: number(match.3))
        let (hour, minute, second) = (number(match.4), number(match.5), number(match.6))
        guard day.compact.hasPrefix(match.1 + match.2 + match.3), hour < 24, minute < 60, second < 60 else { return nil }
        let fraction = match.7.map { Int64($0 + String(repeating: "0", count: 6 - $0.count)) ?? 0 } ?? 0
        let offset = (number(match.9) * 60 + number(match.10)) * (match.8 == "-" ? -60 : 60)
        let seconds = Int64((hour * 60 + minute) * 60 + second - offset)
        self.init(microseconds: day.microseconds + seconds * 1_000_000 + fraction)
    }

    /// The calendar date and time of day in UTC (proleptic Gregorian).
    public var calendarParts: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        let seconds = (microseconds - Int64(microsecondOfSecond)) / 1_000_000
        var day = seconds / 86_400
        var rest = Int(seconds % 86_400)
        if rest < 0 { (day, rest) = (day - 1, rest + 86_400) }
        // Days to civil date: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
        let shifted = Int(day) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (
            year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1,
            rest / 3600, rest / 60 % 60, rest % 60
        )
    }

    /// A date and time of day in UTC; parts out of range carry over.
    public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        self.init(microseconds: Int64(((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000)
    }

    private var microsecondOfSecond: Int {
        let rest = Int(microseconds % 1_000_000)
        return rest < 0 ? rest + 1_000_000 : rest
    }

    private static func pad(_ number: Int, _ width: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

extension Timestamp: SQLConvertible {
    /// The microseconds since 1970.
    public var sql: SQLValue { .integer(microseconds) }
    /// Reads microseconds since 1970.
    public init(sql: SQLValue) throws(UnexpectedSQLValue) { self.init(microseconds: try Int64(sql: sql)) }
}

extension Timestamp: Codable {
    /// Reads microseconds since 1970.
    public init(from decoder: any Decoder) throws { microseconds = try Int64(from: decoder) }
    /// Writes microseconds since 1970, as a whole number.
    public func encode(to encoder: any Encoder) throws { try microseconds.encode(to: encoder) }
}
