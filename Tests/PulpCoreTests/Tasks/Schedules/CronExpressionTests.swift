import Testing

@testable import PulpCore

@Suite("Cron expressions")
struct CronExpressionTests {
    @Test(
        "the next time is the one that the words say",
        arguments: [
            ("* * * * *", "2026-11-21 10:15:30", "2026-11-21 10:16:00"),
            ("* * * * * *", "2026-11-21 10:15:30", "2026-11-21 10:15:31"),
            ("*/20 30 * * * *", "2026-11-21 10:30:40", "2026-11-21 11:30:00"),
            ("0 3 * * *", "2026-11-21 03:00:00", "2026-11-22 03:00:00"),
            ("0 3 * * *", "2026-11-21 02:59:59", "2026-11-21 03:00:00"),
            ("5/20 * * * *", "2026-11-21 10:46:00", "2026-11-21 11:05:00"),
            ("10-40/15,59 * * * *", "2026-11-21 10:26:00", "2026-11-21 10:40:00"),
            ("0 0 1 jan *", "2026-11-21 10:15:00", "2027-01-01 00:00:00"),
            ("0 0 * FEB,Dec Mon-wed", "2026-11-21 10:15:00", "2026-12-01 00:00:00"),
            ("0 0 29 2 *", "2096-03-01 00:00:00", "2104-02-29 00:00:00"),
            ("0 0 31 * *", "2026-11-21 10:15:00", "2026-12-31 00:00:00"),
            // Both restricted: the thirteenth, and every Friday.
            ("0 0 13 * FRI", "2026-11-08 00:00:00", "2026-11-13 00:00:00"),
            ("0 0 13 * FRI", "2026-12-11 00:00:00", "2026-12-13 00:00:00"),
            // A star restricts nothing by itself, so that both must match.
            ("0 0 */10 * MON", "2026-11-21 00:00:00", "2026-12-21 00:00:00"),
            ("0 0 29 2 */6", "2026-11-21 00:00:00", "2032-02-29 00:00:00"),
            ("0 0 * * 7", "2026-11-21 10:15:00", "2026-11-22 00:00:00"),
            ("0 0 * * 0", "2026-11-21 10:15:00", "2026-11-22 00:00:00"),
            ("0 0 * * SAT-SUN", "2026-11-21 10:15:00", "2026-11-22 00:00:00"),
            ("0 0 * * 5-7", "2026-11-22 10:15:00", "2026-11-27 00:00:00"),
            ("0 0 31 2 MON", "2026-02-01 10:15:00", "2026-02-02 00:00:00"),
            ("@hourly", "2026-11-21 10:15:00", "2026-11-21 11:00:00"),
            ("@daily", "2026-11-21 10:15:00", "2026-11-22 00:00:00"),
            ("@weekly", "2026-11-23 10:15:00", "2026-11-29 00:00:00"),
            ("@monthly", "2026-11-21 10:15:00", "2026-12-01 00:00:00"),
            (" @Yearly ", "2026-11-21 10:15:00", "2027-01-01 00:00:00"),
            ("0  \t 0 * * *", "2026-12-31 10:15:00", "2027-01-01 00:00:00"),
            ("59 59 23 31 12 *", "2026-11-21 00:00:00", "2026-12-31 23:59:59"),
            ("0 0 1 1 *", "1969-12-31 23:59:59", "1970-01-01 00:00:00"),
        ])
    func next(text: String, after: String, expected: String) throws {
        let next = try CronExpression(text).next(after: try Timestamp(civil: after))
        #expect(next.civil == expected)
    }

    @Test("a moment within a second is followed by the next one")
    func withinSecond() throws {
        let everySecond = try CronExpression("* * * * * *")
        #expect(everySecond.next(after: Timestamp(microseconds: 1_500_000)) == Timestamp(microseconds: 2_000_000))
        #expect(everySecond.next(after: Timestamp(microseconds: -1_500_000)) == Timestamp(microseconds: -1_000_000))
        #expect(everySecond.next(after: Timestamp(microseconds: 2_000_000)) == Timestamp(microseconds: 3_000_000))
    }

    @Test(
        "what makes no sense is refused in words that name the field and the value",
        arguments: [
            ("", "it has 0 fields"), ("* * * *", "it has 4 fields"), ("* * * * * * *", "it has 7 fields"),
            ("60 * * * *", #"the minute "60" is not between 0 and 59"#), ("* 24 * * *", #"the hour "24" is not between 0 and 23"#),
            ("* * 0 * *", #"the day "0" is not between 1 and 31"#), ("* * * 13 *", #"the month "13" is not between 1 and 12"#),
            ("* * * * 8", #"the weekday "8" is not between 0 and 7"#),
            ("60 * * * * *", #"the second "60" is not between 0 and 59"#),
            ("*/0 * * * *", #"the minute "*/0" has a step that is not between 1 and 59"#),
            ("*/90 * * * *", #"the minute "*/90" has a step that is not between 1 and 59"#),
            ("1/x * * * *", #"the minute "1/x" has a step"#), ("1,,2 * * * *", #"the minute "1,,2" has an empty place"#),
            ("5-3 * * * *", #"the minute "5-3" is a range that begins after its end"#),
            ("* * * FOO *", #"the month "FOO" is not a number from 1 to 12 or one of JAN, FEB"#),
            ("* * * * MON-", #"the weekday "MON-" is not a number"#), ("-1 * * * *", #"the minute "-1" is not a number"#),
            ("+1 * * * *", #"the minute "+1" is not a number"#), ("٣ * * * *", #"is not a number from 0 to 59"#),
            ("99999999999999999999 * * * *", "is not a number from 0 to 59"), ("** * * * *", #"the minute "**""#),
            ("0 0 31 2 *", "there is no day 31 in the month 2"), ("0 0 30-31 FEB *", "there is no day 30-31 in the month FEB"),
            ("0 0 31 4,6,9,11 *", "there is no day 31 in the month 4,6,9,11"),
            ("@reboot", "known names are @annually, @daily"), ("@daily 5", "known names are"),
            (String(repeating: "1,", count: 300) + "1 * * * *", "at most 512 bytes"),
        ])
    func refusals(text: String, words: String) {
        let error = #expect(throws: PulpError.self) { _ = try CronExpression(text) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test("an expression is kept as its text")
    func coding() throws {
        let expression = try CronExpression(" 0  3 * * MON ")
        #expect(try JSON(encoding: expression) == "0 3 * * MON")
        #expect(try JSON.string("0 3 * * MON").decode(CronExpression.self) == expression)
        #expect(throws: PulpError.self) { _ = try JSON.string("0 3 * *").decode(CronExpression.self) }
    }

    @Test("a time zone is one of the IANA database, and UTC")
    func zones() throws {
        for name in ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Argentina/Buenos_Aires"] {
            #expect(try ScheduleZone(name).description == name)
        }
        for name in ["", "Europe/Atlantis", "CET", "GMT+1", "../etc/passwd", "/etc/localtime", "europe/berlin"] {
            let error = #expect(throws: PulpError.self, "\(name)") { _ = try ScheduleZone(name) }
            #expect(error?.message.contains("there is no time zone \(name.debugDescription)") == true)
        }
    }
}

extension Timestamp {
    /// `2026-11-21 10:15:00`, in UTC.
    init(civil text: String) throws {
        let digits = text.filter(\.isNumber)
        self = try #require(Timestamp(compact: "\(digits.prefix(8))T\(digits.dropFirst(8))Z"))
    }

    var civil: String { "\(description.prefix(10)) \(description.dropFirst(11).prefix(8))" }
}
