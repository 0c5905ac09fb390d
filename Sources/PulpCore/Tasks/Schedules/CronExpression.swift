/// When something is to be done again and again, in the words of cron: `minute hour day month weekday`, or six fields with the
/// second first.
///
/// ```swift
/// let nightly = try CronExpression("30 3 * * MON-FRI")
/// let next = nightly.next(after: .now, in: try ScheduleZone("Europe/Berlin"))
/// ```
///
/// A field is a list of numbers, ranges (`1-5`), and steps (`*/15`, `8-18/2`, `5/10`); months and weekdays have names, in either
/// case; 0 and 7 are Sunday. `@hourly`, `@daily` (`@midnight`), `@weekly`, `@monthly` and `@yearly` (`@annually`) stand for what
/// they say. As in Vixie's cron, a day that is restricted by both its number and its weekday matches either; a field that begins
/// with a star does not count as a restriction, and then both must match.
///
/// Clocks are put forward and back, and what that means depends on the hour:
///
/// - When every hour is admitted (`*/15 * * * *`), times come by elapsed time: what the clock skips is not made up for, and what it
///   shows twice comes twice.
/// - Otherwise (`30 2 * * *`) a time comes once: one that the clock skips, at the first moment after the gap, together with all
///   others in the gap; one that the clock shows twice, at the first of them.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
    /// The expression, with single spaces between its fields.
    public let description: String
    let second, minute, hour, day, month, weekday: CronField

    private static let longest = 512
    private static let names = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    /// Reads an expression.
    /// - Throws: ``PulpError`` with `invalid`, which names the field and the value that make no sense, or the date that never comes.
    public init(_ text: String) throws(PulpError) {
        guard text.utf8.count <= Self.longest else {
            throw PulpError(.invalid, "a cron expression has at most \(Self.longest) bytes, not \(text.utf8.count)")
        }
        var fields = text.split { $0 == " " || $0 == "\t" }
        description = fields.joined(separator: " ")
        func failure(_ message: String) -> PulpError {
            PulpError(.invalid, "the cron expression \(text.debugDescription) is not valid: \(message)")
        }
        if fields.first?.first == "@" {
            guard fields.count == 1, let meaning = Self.names[fields[0].lowercased()] else {
                throw failure("known names are \(Self.names.keys.sorted().joined(separator: ", "))")
            }
            fields = meaning.split(separator: " ")
        }
        guard fields.count == 5 || fields.count == 6 else {
            throw failure(
                "it has \(fields.count) fields, not five (minute, hour, day, month, weekday) or six (with the second first)")
        }
        if fields.count == 5 { fields.insert("0", at: 0) }
        do {
            second = try CronField(fields[0], .second)
            minute = try CronField(fields[1], .minute)
            hour = try CronField(fields[2], .hour)
            day = try CronField(fields[3], .day)
            month = try CronField(fields[4], .month)
            weekday = try CronField(fields[5], .weekday)
        } catch {
            throw failure("\(error)")
        }
        guard canHappen else { throw failure("there is no day \(fields[3]) in the month \(fields[4])") }
    }

    /// Whether every hour is admitted, so that times come by elapsed time.
    var isEveryHour: Bool { hour.admitsAll(of: .hour) }

    /// Whether a date is admitted.
    ///
    /// Weekdays count from Sunday, 0.
    func admits(day number: Int, month: Int, weekday: Int) -> Bool {
        guard self.month.admits(month) else { return false }
        let (byDay, byWeekday) = (day.admits(number), self.weekday.admits(weekday))
        return day.hasStar || self.weekday.hasStar ? byDay && byWeekday : byDay || byWeekday
    }

    /// A weekday comes in every month, and so does each combination of a day and a weekday, sooner or later.
    private var canHappen: Bool {
        if !day.hasStar && !weekday.hasStar { return true }
        return (1...12).contains { month.admits($0) && day.first <= Self.longestMonths[$0 - 1] }
    }

    private static let longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

extension CronExpression: Codable {
    /// Reads the text.
    public init(from decoder: any Decoder) throws { try self.init(String(from: decoder)) }
    /// Writes the text.
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}
