import PulpCore
import Testing

@testable import PulpServer

@Suite("A Content-Range header")
struct ContentRangeTests {
    @Test(
        "says which part of a file a body is",
        arguments: [
            ("bytes 0-99/1000", 0..<100, 1000), ("bytes 0-0/1", 0..<1, 1), ("Bytes 5-9/*", 5..<10, nil),
            ("bytes 900-999/1000", 900..<1000, 1000),
        ] as [(String, Range<Int64>, Int64?)])
    func parts(header: String, range: Range<Int64>, total: Int64?) throws {
        let read = try ContentRange(header)
        #expect(read.range == range && read.total == total)
        try read.check(size: 1000 == total || total == nil ? 1000 : total ?? 0)
    }

    @Test(
        "is refused when it is malformed, or contradicts itself",
        arguments: [
            nil, "", "bytes", "bytes 0-9", "bytes=0-9/10", "bytes 0-10/10", "bytes 9-8/10", "bytes */10", "bytes -5/10", "bytes 5-/10",
            "bytes +0-9/10", "bytes 0-9/+10", "bytes  0-9/10", "bytes 0-9/10 ", "bytes 0-9/10/10", "bytes 0-9-9/10", "lines 0-9/10",
            "bytes 0-9223372036854775807/*", "bytes 0-99999999999999999999/*", "bytes 0x0-9/10", "bytes 0-\u{0663}/10",
        ])
    func malformed(header: String?) {
        #expect(throws: InvalidField("Invalid or missing content range header.")) { try ContentRange(header) }
    }

    @Test("must fit the file")
    func size() throws {
        #expect(throws: InvalidField.self) { try ContentRange("bytes 0-10/*").check(size: 10) }
        #expect(throws: InvalidField.self) { try ContentRange("bytes 0-5/20").check(size: 10) }
        #expect(throws: InvalidField.self) { try ContentRange("bytes 0-5/8").check(size: 10) }
    }
}
