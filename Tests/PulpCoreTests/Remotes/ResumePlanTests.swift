import PulpTesting
import Testing

@testable import PulpCore

@Suite("The plan of a resumed download")
struct ResumePlanTests {
    private typealias Head = ResumePlan.Head

    private func broken(_ head: ResumePlan.Head, after count: Int) -> ResumePlan {
        var plan = ResumePlan()
        #expect(plan.nextRequest() == nil)
        #expect(plan.judge(head) == .proceed)
        plan.keep(count)
        return plan
    }

    @Test("asks for the rest, on the condition that the bytes are the same")
    func range() throws {
        var plan = broken(Head(status: 200, contentLength: 10, entityTag: "\"a\""), after: 4)
        let next = plan.nextRequest()
        let request = try #require(next)
        #expect(request.range == "bytes=4-")
        #expect(request.ifRange == "\"a\"")
        #expect(plan.judge(Head(status: 206, contentLength: 6, contentRange: "bytes 4-9/10", entityTag: "\"a\"")) == .proceed)
        plan.keep(6)
        #expect(plan.received == 10)
    }

    @Test(
        "asks for the whole when nothing proves that the bytes are the same",
        arguments: [
            Head(status: 200, entityTag: "W/\"a\""), Head(status: 200, entityTag: "a"), Head(status: 200),
            Head(status: 200, lastModified: "Sun, 06 Nov 1994 08:49:37 GMT"),
            Head(status: 200, lastModified: "Sun, 06 Nov 1994 08:49:37 GMT", date: "Sun, 06 Nov 1994 08:50:36 GMT"),
            Head(status: 200, lastModified: "nonsense", date: "Sun, 06 Nov 1994 08:50:36 GMT"),
        ])
    private func weak(head: Head) {
        var plan = broken(head, after: 4)
        #expect(plan.nextRequest() == nil)
        #expect(plan.judge(Head(status: 200)) == .restart)
        #expect(plan.received == 0)
    }

    @Test("takes an old enough date for a proof")
    func date() {
        let modified = "Sun, 06 Nov 1994 08:49:37 GMT"
        var plan = broken(Head(status: 200, lastModified: modified, date: "Sun, 06 Nov 1994 08:50:37 GMT"), after: 4)
        let request = plan.nextRequest()
        #expect(request?.ifRange == modified)
    }

    @Test("starts over when the server sends the whole")
    func whole() {
        var plan = broken(Head(status: 200, contentLength: 10, entityTag: "\"a\""), after: 4)
        _ = plan.nextRequest()
        #expect(plan.judge(Head(status: 200, contentLength: 12, entityTag: "\"b\"")) == .restart)
        #expect(plan.received == 0)
        #expect(plan.total == 12)
    }

    @Test(
        "has no use for another range, and asks for the whole next",
        arguments: [
            Head(status: 206), Head(status: 206, contentRange: "bytes 0-9/10"), Head(status: 206, contentRange: "bytes 5-9/10"),
            Head(status: 206, contentRange: "bytes 4-8/10"), Head(status: 206, contentRange: "bytes 4-9/*"),
            Head(status: 206, contentRange: "bytes 4-11/12"), Head(status: 206, contentRange: "bytes 4-9"),
            Head(status: 206, contentRange: "bytes 4-99999999999999999999/10"), Head(status: 206, contentRange: "4-9/10"),
            Head(status: 206, contentLength: 7, contentRange: "bytes 4-9/10"),
            Head(status: 206, contentRange: "bytes 4-9/10", entityTag: "\"b\""), Head(status: 416),
        ])
    private func useless(head: Head) {
        var plan = broken(Head(status: 200, contentLength: 10, entityTag: "\"a\""), after: 4)
        _ = plan.nextRequest()
        guard case .useless = plan.judge(head) else {
            Issue.record("\(head) was accepted")
            return
        }
        #expect(plan.received == 0)
        #expect(plan.nextRequest() == nil)
    }

    @Test("takes no range that it did not ask for")
    func unasked() {
        var plan = ResumePlan()
        _ = plan.nextRequest()
        guard case .useless = plan.judge(Head(status: 206, contentRange: "bytes 0-9/10")) else {
            Issue.record("a range was accepted")
            return
        }
        #expect(plan.judge(Head(status: 416)) == .refused)
        #expect(plan.judge(Head(status: 503)) == .refused)
    }

    @Test("puts together exactly the file, however often it breaks and whatever the server does", arguments: 0..<200)
    func histories(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let file = (0..<Int.random(in: 1...50, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        var plan = ResumePlan()
        var kept: [UInt8] = []
        for attempt in 0..<100 {
            let asked = plan.nextRequest()
            let first = asked == nil ? 0 : kept.count
            let honest = Bool.random(using: &random)
            let isLast = attempt == 99
            let verdict: ResumePlan.Verdict
            var body = file[...]
            if asked != nil, honest {
                body = file[first...]
                verdict = plan.judge(Head(status: 206, contentRange: "bytes \(first)-\(file.count - 1)/\(file.count)", entityTag: "\"a\""))
            } else if asked != nil, !isLast, Bool.random(using: &random) {
                let lie = Int.random(in: 0...60, using: &random)
                body = lie < file.count ? file[lie...] : []
                verdict = plan.judge(Head(status: 206, contentRange: "bytes \(lie)-\(file.count - 1)/\(file.count)", entityTag: "\"a\""))
                if lie != first { #expect(verdict != .proceed) }
            } else {
                verdict = plan.judge(Head(status: 200, contentLength: Int64(file.count), entityTag: "\"a\""))
            }
            switch verdict {
            case .proceed: break
            case .restart: kept = []
            case .useless:
                kept = []
                continue
            case .refused: Issue.record("refused a good answer")
            }
            let count = isLast ? body.count : Int.random(in: 0...body.count, using: &random)
            kept += body.prefix(count)
            plan.keep(count)
            #expect(Array(file.prefix(kept.count)) == kept)
            #expect(plan.received == Int64(kept.count))
            if kept.count == file.count { break }
        }
        #expect(kept == file)
    }
}
