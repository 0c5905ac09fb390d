internal import Foundation

/// The time zone that a schedule's times are meant in.
public struct ScheduleZone: Sendable, Hashable, CustomStringConvertible {
    private let zone: TimeZone

    /// Coordinated universal time.
    public static let utc = ScheduleZone(zone: .gmt)

    private init(zone: TimeZone) { self.zone = zone }

    /// A zone of the IANA database: `Europe/Berlin`; `UTC` too.
    /// - Throws: ``PulpError`` with `invalid` when there is no such zone; abbreviations such as `CET` and offsets are none.
    public init(_ identifier: String) throws(PulpError) {
        if identifier == "UTC" {
            self = .utc
            return
        }
        // Foundation takes abbreviations and offsets too, and gives them other names.
        guard identifier.contains("/"), let zone = TimeZone(identifier: identifier), zone.identifier == identifier else {
            throw PulpError(
                .invalid, "there is no time zone \(identifier.debugDescription): name one like Europe/Berlin, or UTC")
        }
        self.init(zone: zone)
    }

    /// The name of the zone.
    public var description: String { self == .utc ? "UTC" : zone.identifier }

    /// A stretch of time with one offset: local time is universal time and the offset.
    struct Segment: Hashable {
        /// Seconds since 1970 in universal time.
        var start: Int64
        var offset: Int64
    }

    /// The offset at a moment, in seconds.
    func offset(at second: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
    }

    /// The stretches of a short time, in order; the first begins where the time does.
    ///
    /// Two changes within the time that undo each other are not seen: no zone changes twice in some days.
    func segments(from start: Int64, through end: Int64) -> [Segment] {
        let (first, last) = (offset(at: start), offset(at: end))
        var segments = [Segment(start: start, offset: first)]
        guard first != last else { return segments }
        var (known, offset) = (start, first)
        while known < end {
            let later = min(known + 3600, end)
            let changed = self.offset(at: later)
            if changed != offset {
                // The first second with the new offset.
                var (before, after) = (known, later)
                while after - before > 1 {
                    let middle = (before + after) / 2
                    if self.offset(at: middle) == offset { before = middle } else { after = middle }
                }
                offset = self.offset(at: after)
                segments.append(Segment(start: after, offset: offset))
                known = after
            } else {
                known = later
            }
        }
        return segments
    }
}
