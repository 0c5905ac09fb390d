import PulpCore

/// Dates as HTTP writes them (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    /// 29 bytes of IMF-fixdate, without fractions of a second.
    static func format(_ moment: Timestamp) -> String {
        let parts = moment.calendarParts
        var days = moment.wholeSeconds / 86_400
        if moment.wholeSeconds % 86_400 < 0 { days -= 1 }
        // 1970-01-01 was a Thursday.
        let weekday = Int(((days + 4) % 7 + 7) % 7)
        return String(unsafeUninitializedCapacity: 29) { bytes in
            var position = 0
            func text(_ text: StaticString) {
                text.withUTF8Buffer {
                    for byte in $0 {
                        bytes[position] = byte
                        position += 1
                    }
                }
            }
            func two(_ number: Int) {
                bytes[position] = 0x30 + UInt8(truncatingIfNeeded: number / 10 % 10)
                bytes[position + 1] = 0x30 + UInt8(truncatingIfNeeded: number % 10)
                position += 2
            }
            text(weekdays[weekday])
            text(", ")
            two(parts.day)
            text(" ")
            text(months[parts.month - 1])
            text(" ")
            two(parts.year / 100)
            two(parts.year)
            text(" ")
            two(parts.hour)
            text(":")
            two(parts.minute)
            text(":")
            two(parts.second)
            text(" GMT")
            return position
        }
    }

    /// Reads an IMF-fixdate; nil for anything else.
    ///
    /// The obsolete forms are long gone, and a condition that cannot be read is ignored.
    static func parse(_ text: some StringProtocol) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count == 29, bytes[3] == 0x2C, bytes[26...].elementsEqual("GMT".utf8) else { return nil }
        guard [4, 7, 11, 16, 25].allSatisfy({ bytes[$0] == 0x20 }), bytes[19] == 0x3A, bytes[22] == 0x3A else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var sum = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                sum = sum * 10 + Int(byte - 0x30)
            }
            return sum
        }
        guard let month = months.firstIndex(where: { $0.withUTF8Buffer { $0.elementsEqual(bytes[8..<11]) } }),
            let day = number(5..<7), let year = number(12..<16),
            let hour = number(17..<19), let minute = number(20..<22), let second = number(23..<25),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let moment = Timestamp(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: min(second, 59))
        let parts = moment.calendarParts
        return parts.day == day && parts.month == month + 1 ? moment : nil
    }

    private static let weekdays: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

extension Timestamp {
    /// Seconds since 1970, rounded down: as fine as HTTP's dates are.
    var wholeSeconds: Int64 {
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? seconds - 1 : seconds
    }
}
