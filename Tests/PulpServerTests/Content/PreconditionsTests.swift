import PulpCore
import Testing

@testable import PulpServer

@Suite("Conditions")
struct PreconditionsTests {
    let entity = EntityTag("abc")
    let modified = Timestamp(year: 2026, month: 11, day: 21, hour: 10) + .milliseconds(700)
    let same = "Sat, 21 Nov 2026 10:00:00 GMT"
    let before = "Sat, 21 Nov 2026 09:59:59 GMT"

    private func verdict(_ conditions: Preconditions) -> Preconditions.Verdict {
        conditions.verdict(entity: entity, lastModified: modified)
    }

    @Test(
        "on an entity tag",
        arguments: [
            ("\"abc\"", true), ("W/\"abc\"", true), ("\"x\", \"abc\"", true), ("*", true), ("\"x\",W/\"abc\"", true),
            ("\"ABC\"", false), ("abc", false), ("\"x\"", false), ("", false), ("\"abc", false),
        ])
    func noneMatch(header: String, matches: Bool) {
        #expect(verdict(Preconditions(ifNoneMatch: header)) == (matches ? .notModified : .proceed))
    }

    @Test("If-Match compares strongly", arguments: [("\"abc\"", true), ("*", true), ("W/\"abc\"", false), ("\"x\"", false)])
    func match(header: String, matches: Bool) {
        #expect(verdict(Preconditions(ifMatch: header)) == (matches ? .proceed : .failed))
    }

    @Test("on a date look at whole seconds")
    func dates() {
        #expect(verdict(Preconditions(ifModifiedSince: same)) == .notModified)
        #expect(verdict(Preconditions(ifModifiedSince: before)) == .proceed)
        #expect(verdict(Preconditions(ifUnmodifiedSince: same)) == .proceed)
        #expect(verdict(Preconditions(ifUnmodifiedSince: before)) == .failed)
        #expect(verdict(Preconditions(ifModifiedSince: "yesterday")) == .proceed)
    }

    @Test("on a tag go before conditions on a date")
    func order() {
        #expect(verdict(Preconditions(ifNoneMatch: "\"x\"", ifModifiedSince: same)) == .proceed)
        #expect(verdict(Preconditions(ifMatch: "\"abc\"", ifUnmodifiedSince: before)) == .proceed)
        #expect(verdict(Preconditions(ifMatch: "\"x\"", ifNoneMatch: "\"abc\"")) == .failed)
    }

    @Test("If-Range wants exactly this representation")
    func range() {
        func allows(_ header: String?) -> Bool {
            Preconditions(ifRange: header).allowsRange(entity: entity, lastModified: modified)
        }
        #expect(allows(nil))
        #expect(allows("\"abc\""))
        #expect(allows(same))
        #expect(!allows("W/\"abc\""))
        #expect(!allows("\"old\""))
        #expect(!allows(before))
        #expect(!allows("\""))
        #expect(!allows("nonsense"))
    }
}

@Suite("HTTP dates")
struct HTTPDateTests {
    @Test("are written as RFC 9110 shows them")
    func example() {
        let moment = Timestamp(year: 1994, month: 11, day: 6, hour: 8, minute: 49, second: 37)
        #expect(HTTPDate.format(moment) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT") == moment)
        #expect(HTTPDate.format(Timestamp(microseconds: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.format(Timestamp(microseconds: -1)) == "Wed, 31 Dec 1969 23:59:59 GMT")
    }

    @Test("are read as they were written")
    func roundTrip() {
        for _ in 0..<2000 {
            let moment = Timestamp(microseconds: .random(in: -2_000_000_000...200_000_000_000) * 1_000_000)
            #expect(HTTPDate.parse(HTTPDate.format(moment)) == moment)
        }
    }

    @Test(
        "in other forms are not read",
        arguments: [
            "", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 XXX 1994 08:49:37 GMT", "Sun, 0x Nov 1994 08:49:37 GMT",
        ])
    func malformed(text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }
}
