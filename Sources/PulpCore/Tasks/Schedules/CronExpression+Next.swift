extension CronExpression {
    /// The first admitted moment after another one, a whole second.
    public func next(after moment: Timestamp, in zone: ScheduleZone = .utc) -> Timestamp {
        // Seconds, rounded down.
        let second = moment.microseconds / 1_000_000 - (moment.microseconds % 1_000_000 < 0 ? 1 : 0)
        let next = isEveryHour ? nextElapsed(after: second, zone) : nextOnce(after: second, zone)
        return Timestamp(microseconds: next * 1_000_000)
    }

    /// Longer than any clock is ever moved, and than any offset from universal time, with both added.
    private static let margin: Int64 = 2 * 86_400

    /// Each local time once: at the first moment at which the clock shows it or a later one.
    ///
    /// That moment is never earlier for a later time. So the next one is that of the next time after the latest that any clock of
    /// the zone has shown so far.
    private func nextOnce(after second: Int64, _ zone: ScheduleZone) -> Int64 {
        let past = zone.segments(from: second - Self.margin, through: second)
        var shown = second + (past.last?.offset ?? 0)
        // Where a clock was put back, it had shown a later time before.
        for (segment, following) in zip(past, past.dropFirst()) { shown = max(shown, following.start - 1 + segment.offset) }
        let local = nextLocal(after: shown)
        let around = zone.segments(from: local - Self.margin, through: local + Self.margin)
        for (index, segment) in around.enumerated() {
            // The clock skipped the time when it came here.
            if local <= segment.start + segment.offset { return segment.start }
            let end = index + 1 < around.count ? around[index + 1].start : .max
            if local - segment.offset < end { return local - segment.offset }
        }
        return local - zone.offset(at: local)
    }

    /// Every moment at which the clock shows an admitted time.
    private func nextElapsed(after second: Int64, _ zone: ScheduleZone) -> Int64 {
        var start = second
        while true {
            let coming = zone.segments(from: start, through: start + Self.margin)
            for (index, segment) in coming.enumerated() {
                // The first stretch is searched behind its beginning, the others from their beginning on.
                let first = index == 0 ? segment.start : segment.start - 1
                let moment = nextLocal(after: first + segment.offset) - segment.offset
                if index + 1 < coming.count {
                    if moment < coming[index + 1].start { return moment }
                } else if moment <= start + Self.margin {
                    return moment
                } else {
                    // Nothing before that, unless clocks are moved until then: looked at again from two days before it.
                    start = max(start + Self.margin, moment - Self.margin)
                }
            }
        }
    }

    /// The next admitted time of a clock that is never moved, in seconds since 1970 of that clock.
    func nextLocal(after second: Int64) -> Int64 {
        let parts = Timestamp(microseconds: (second + 1) * 1_000_000).calendarParts
        var date = CivilDate(year: parts.year, month: parts.month, day: parts.day)
        if admits(date), let time = time(from: (parts.hour, parts.minute, parts.second)) { return date.seconds + time }
        repeat { date = date.following(month) } while !admits(date)
        return date.seconds + Int64((hour.first * 60 + minute.first) * 60 + firstSecond)
    }

    private var firstSecond: Int { second.first }

    private func admits(_ date: CivilDate) -> Bool { admits(day: date.day, month: date.month, weekday: date.weekday) }

    /// The first admitted time of a day from one on, in seconds of the day.
    private func time(from start: (hour: Int, minute: Int, second: Int)) -> Int64? {
        guard let hour = hour.next(from: start.hour) else { return nil }
        if hour == start.hour {
            if let minute = minute.next(from: start.minute) {
                let isSame = minute == start.minute
                if let second = second.next(from: isSame ? start.second : 0) { return Int64((hour * 60 + minute) * 60 + second) }
                if let later = self.minute.next(from: minute + 1) { return Int64((hour * 60 + later) * 60 + firstSecond) }
            }
            guard let later = self.hour.next(from: hour + 1) else { return nil }
            return Int64((later * 60 + minute.first) * 60 + firstSecond)
        }
        return Int64((hour * 60 + minute.first) * 60 + firstSecond)
    }
}

/// A day of the calendar.
private struct CivilDate {
    var year: Int
    var month: Int
    var day: Int

    /// Where the day begins, in seconds since 1970 of a clock that is never moved.
    var seconds: Int64 { Timestamp(year: year, month: month, day: day).microseconds / 1_000_000 }

    /// From Sunday, 0; the first of January 1970 was a Thursday.
    var weekday: Int {
        let days = Int(seconds / 86_400)
        return ((days + 4) % 7 + 7) % 7
    }

    private var monthLength: Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The next day, or the first one of the next admitted month.
    func following(_ months: CronField) -> CivilDate {
        if day < monthLength, months.admits(month) { return CivilDate(year: year, month: month, day: day + 1) }
        if let month = months.next(from: month + 1) { return CivilDate(year: year, month: month, day: 1) }
        return CivilDate(year: year + 1, month: months.first, day: 1)
    }
}
