import Testing

@testable import PulpServer

@Suite("A Range header")
struct RangeRequestTests {
    @Test(
        "asks for parts",
        arguments: [
            ("bytes=0-4", [0..<5]), ("bytes=5-", [5..<100]), ("bytes=-10", [90..<100]), ("bytes=-1000", [0..<100]),
            ("bytes=90-1000", [90..<100]), ("BYTES=0-0", [0..<1]), ("bytes= 0-1 , 4-5", [0..<2, 4..<6]),
            ("bytes=4-5,0-1", [4..<6, 0..<2]), ("bytes=0-1,,4-5", [0..<2, 4..<6]),
            ("bytes=0-50,40-60", [0..<61]), ("bytes=0-9,10-19", [0..<20]), ("bytes=0-0,500-600", [0..<1]),
            ("bytes=0-99999999999999999999999", [0..<100]),
        ] as [(String, [Range<Int64>])])
    func parts(header: String, expected: [Range<Int64>]) {
        #expect(RangeRequest(header, size: 100) == .parts(expected))
    }

    @Test(
        "is ignored when it is malformed",
        arguments: [
            "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=1-2-3", "bytes=--5", "bytes=0x1-2",
            "lines=1-2", "bytes=+1-2", "bytes 0-1", "bytes=99999999999999999999-1",
        ])
    func malformed(header: String) {
        #expect(RangeRequest(header, size: 100) == .whole)
    }

    @Test("cannot be satisfied beyond the end", arguments: ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=200-300,400-"])
    func beyond(header: String) {
        #expect(RangeRequest(header, size: 100) == .unsatisfiable)
    }

    @Test("of an empty representation is never satisfied")
    func empty() {
        #expect(RangeRequest("bytes=0-", size: 0) == .unsatisfiable)
        #expect(RangeRequest("bytes=-5", size: 0) == .unsatisfiable)
    }

    @Test("with a thousand ranges is an attack, and ignored")
    func many() {
        let header = "bytes=" + (0..<1000).map { "\($0)-\($0 + 500)" }.joined(separator: ",")
        #expect(RangeRequest(header, size: 10_000) == .whole)
    }

    @Test("comes to parts that lie within the size, do not overlap, and hold exactly what was asked for")
    func property() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let size = Int64.random(in: 1...60, using: &random)
            var wanted: Set<Int64> = []
            let specifiers = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                let first = Int64.random(in: 0...80, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    let last = first + Int64.random(in: 0...20, using: &random)
                    wanted.formUnion((first...last).filter { $0 < size })
                    return "\(first)-\(last)"
                case 1:
                    wanted.formUnion((0..<size).filter { $0 >= first })
                    return "\(first)-"
                default:
                    wanted.formUnion((0..<size).filter { $0 >= size - first })
                    return "-\(first)"
                }
            }
            switch RangeRequest("bytes=" + specifiers.joined(separator: ","), size: size) {
            case .whole: Issue.record("a sound header was ignored: \(specifiers)")
            case .unsatisfiable: #expect(wanted.isEmpty)
            case .parts(let parts):
                #expect(parts.allSatisfy { !$0.isEmpty && $0.lowerBound >= 0 && $0.upperBound <= size })
                #expect(parts.reduce(0) { $0 + $1.count } == wanted.count)
                #expect(Set(parts.flatMap { Array($0) }) == wanted)
            }
        }
    }
}
