/// Dates in HTTP headers (RFC 9110 §5.6.7).
enum HTTPDate {
    /// Reads the one form that is still written, `Sun, 06 Nov 1994 08:49:37 GMT`; nil for everything else.
    static func parse(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].utf8.count == 4, words[0].hasSuffix(","), words[5] == "GMT",
            let month = months.firstIndex(of: words[2]).map({ $0 + 1 }),
            let day = number(words[1], digits: 2), let year = number(words[3], digits: 4)
        else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = number(clock[0], digits: 2), let minute = number(clock[1], digits: 2),
            let second = number(clock[2], digits: 2), hour < 24, minute < 60, second <= 60
        else { return nil }
        let moment = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: min(second, 59))
        let parts = moment.calendarParts
        return parts.month == month && parts.day == day ? moment : nil
    }

    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}
