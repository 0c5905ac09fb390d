import PulpTesting
import Testing

@testable import PulpCore

@Suite("Cron expressions where clocks are moved")
struct CronZoneTests {
    /// What comes between two moments, in UTC.
    private func times(_ text: String, _ zone: String, after: String, count: Int) throws -> [String] {
        let (expression, zone) = (try CronExpression(text), try ScheduleZone(zone))
        var moment = try Timestamp(civil: after)
        return (0..<count).map { _ in
            moment = expression.next(after: moment, in: zone)
            return moment.civil
        }
    }

    @Test("a time that the clock skips comes once, at the first moment after the gap")
    func gap() throws {
        // 02:00 to 03:00 is missing on 29 March 2026 in Berlin; 03:00 there is 01:00 in UTC.
        #expect(
            try times("30 2 * * *", "Europe/Berlin", after: "2026-03-28 00:00:00", count: 3)
                == ["2026-03-28 01:30:00", "2026-03-29 01:00:00", "2026-03-30 00:30:00"])
        #expect(
            try times("*/20 2,3 * * *", "Europe/Berlin", after: "2026-03-29 00:00:00", count: 3)
                == ["2026-03-29 01:00:00", "2026-03-29 01:20:00", "2026-03-29 01:40:00"])
        #expect(
            try times("0 */2 * * *", "Europe/Berlin", after: "2026-03-28 23:00:00", count: 2)
                == ["2026-03-29 01:00:00", "2026-03-29 02:00:00"])
        #expect(
            try times("30 2 * * *", "America/New_York", after: "2026-03-08 00:00:00", count: 2)
                == ["2026-03-08 07:00:00", "2026-03-09 06:30:00"])
        // Half an hour is missing on Lord Howe Island, from 02:00 on 4 October 2026.
        #expect(
            try times("15 2 * * *", "Australia/Lord_Howe", after: "2026-10-03 12:00:00", count: 2)
                == ["2026-10-03 15:30:00", "2026-10-04 15:15:00"])
        // Samoa had no 30 December 2011.
        #expect(
            try times("0 12 30 12 *", "Pacific/Apia", after: "2011-12-01 00:00:00", count: 1) == ["2011-12-30 10:00:00"])
        #expect(
            try times("@daily", "America/Sao_Paulo", after: "2017-10-14 12:00:00", count: 2)
                == ["2017-10-15 03:00:00", "2017-10-16 02:00:00"])
    }

    @Test("a time that the clock shows twice comes at the first of them")
    func overlap() throws {
        #expect(
            try times("30 2 * * *", "Europe/Berlin", after: "2026-10-24 12:00:00", count: 2)
                == ["2026-10-25 00:30:00", "2026-10-26 01:30:00"])
        // Asked between the two.
        #expect(try times("30 2 * * *", "Europe/Berlin", after: "2026-10-25 00:45:00", count: 1) == ["2026-10-26 01:30:00"])
        #expect(try times("30 2 * * *", "Europe/Berlin", after: "2026-10-25 01:15:00", count: 1) == ["2026-10-26 01:30:00"])
        #expect(
            try times("0 3 * * *", "Europe/Berlin", after: "2026-10-25 00:45:00", count: 1) == ["2026-10-25 02:00:00"])
        #expect(
            try times("45 1 * * *", "Australia/Lord_Howe", after: "2026-04-04 12:00:00", count: 2)
                == ["2026-04-04 14:45:00", "2026-04-05 15:15:00"])
        #expect(
            try times("30 1 1 11 *", "America/New_York", after: "2026-10-25 00:00:00", count: 2)
                == ["2026-11-01 05:30:00", "2027-11-01 05:30:00"])
    }

    @Test("where every hour is meant, times come by elapsed time")
    func elapsed() throws {
        #expect(
            try times("*/15 * * * *", "Europe/Berlin", after: "2026-10-25 00:30:00", count: 4)
                == ["2026-10-25 00:45:00", "2026-10-25 01:00:00", "2026-10-25 01:15:00", "2026-10-25 01:30:00"])
        #expect(
            try times("*/15 * * * *", "Europe/Berlin", after: "2026-03-29 00:30:00", count: 3)
                == ["2026-03-29 00:45:00", "2026-03-29 01:00:00", "2026-03-29 01:15:00"])
        #expect(
            try times("7 * * * *", "Africa/Casablanca", after: "2026-02-15 01:00:00", count: 3)
                == ["2026-02-15 01:07:00", "2026-02-15 02:07:00", "2026-02-15 03:07:00"])
        #expect(
            try times("*/15 * * * *", "Australia/Lord_Howe", after: "2026-04-04 14:30:00", count: 4)
                == ["2026-04-04 14:45:00", "2026-04-04 15:00:00", "2026-04-04 15:15:00", "2026-04-04 15:30:00"])
    }

    private static let zones = [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia",
        "America/Sao_Paulo",
    ]

    @Test("around every change of a clock, it is as a clock shows it minute by minute", arguments: zones)
    func againstMinutes(name: String) throws {
        var random = SplitMix(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        let zone = try ScheduleZone(name)
        // Every change from 2009 to 2031, and some other days.
        let (first, last) = (Timestamp(year: 2009, month: 1, day: 1).second, Timestamp(year: 2031, month: 1, day: 1).second)
        var middles: [Int64] = []
        for day in stride(from: first, to: last, by: 86_400) {
            middles += zone.segments(from: day, through: day + 86_400).dropFirst().map(\.start)
        }
        for _ in 0..<10 { middles.append(Int64.random(in: first...last, using: &random) / 60 * 60) }
        for middle in middles.shuffled(using: &random).prefix(8) {
            let walk = ClockWalk(zone, from: middle - 30 * 3600, through: middle + 40 * 3600)
            for _ in 0..<8 {
                let expression = try CronExpression(Self.expression(&random))
                let expected = walk.times(of: expression)
                var found: [Int64] = []
                var moment = walk.start
                while true {
                    moment = expression.next(after: Timestamp(microseconds: moment * 1_000_000), in: zone).second
                    if moment > walk.end { break }
                    found.append(moment)
                }
                #expect(found == expected, "\(expression) in \(name) around \(middle)")
            }
        }
    }

    @Test("over a whole year, it is as a clock shows it minute by minute", arguments: zones.prefix(3))
    func year(name: String) throws {
        let zone = try ScheduleZone(name)
        let start = Timestamp(year: 2026, month: 1, day: 1).second
        let walk = ClockWalk(zone, from: start, through: start + 366 * 86_400)
        for text in ["30 2 * * *", "0 */6 * * 1-5", "0 12 13 * FRI", "@monthly", "15 1-3 */5 * *", "45 * 1 * *"] {
            let expression = try CronExpression(text)
            var found: [Int64] = []
            var moment = start
            while true {
                moment = expression.next(after: Timestamp(microseconds: moment * 1_000_000), in: zone).second
                if moment > walk.end { break }
                found.append(moment)
            }
            #expect(found == walk.times(of: expression), "\(text) in \(name)")
        }
    }

    /// Any expression, often one that falls into the small hours.
    private static func expression(_ random: inout SplitMix) -> String {
        func field(_ range: ClosedRange<Int>, star: Double) -> String {
            if Double.random(in: 0..<1, using: &random) < star {
                return Bool.random(using: &random) ? "*" : "*/\(Int.random(in: 1...(range.upperBound - range.lowerBound), using: &random))"
            }
            return (0..<Int.random(in: 1...3, using: &random)).map { _ in
                let first = Int.random(in: range, using: &random)
                let last = Int.random(in: first...range.upperBound, using: &random)
                return ["\(first)", "\(first)-\(last)"].randomElement(using: &random) ?? "\(first)"
            }.joined(separator: ",")
        }
        let hours = Bool.random(using: &random) ? field(0...3, star: 0.2) : field(0...23, star: 0.5)
        let days = field(1...28, star: 0.7)
        let weekdays = field(0...7, star: 0.7)
        return "\(field(0...59, star: 0.3)) \(hours) \(days) * \(weekdays)"
    }
}

/// A clock, looked at every minute.
private struct ClockWalk {
    let start: Int64
    let end: Int64
    /// What it shows at each minute, in seconds of a clock that is never moved.
    private let shown: [Int64]

    init(_ zone: ScheduleZone, from start: Int64, through end: Int64) {
        (self.start, self.end) = (start, end)
        shown = stride(from: start, through: end, by: 60).map { $0 + zone.offset(at: $0) }
    }

    /// The definition of ``CronExpression``, word by word: every minute that the clock shows, or every one that it has not shown
    /// or skipped yet.
    func times(of expression: CronExpression) -> [Int64] {
        var result: [Int64] = []
        var latest = shown[0]
        for (index, local) in shown.enumerated().dropFirst() {
            let moment = start + Int64(index) * 60
            if expression.isEveryHour {
                if admits(expression, local) { result.append(moment) }
            } else if local > latest {
                if stride(from: latest + 60, through: local, by: 60).contains(where: { admits(expression, $0) }) { result.append(moment) }
            }
            latest = max(latest, local)
        }
        return result
    }

    private func admits(_ expression: CronExpression, _ local: Int64) -> Bool {
        let minutes = Int(local / 60)
        guard expression.minute.admits(minutes % 60), expression.hour.admits(minutes / 60 % 24) else { return false }
        let parts = Timestamp(microseconds: local * 1_000_000).calendarParts
        return expression.admits(day: parts.day, month: parts.month, weekday: (minutes / 1440 + 4) % 7)
    }
}

extension Timestamp {
    fileprivate var second: Int64 { microseconds / 1_000_000 }
}
