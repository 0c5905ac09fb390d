import Testing

@testable import PulpControl

@Suite("A password that is typed")
struct HiddenLineTests {
    @Test(
        "is what the keys make of it",
        arguments: [
            ("secret\r", HiddenLine.Outcome.done("secret")), ("secret\n", .done("secret")), ("secx\u{7F}ret\r", .done("secret")),
            ("äö\u{8}\r", .done("ä")), ("\u{7F}\u{7F}a\r", .done("a")), ("wrong\u{15}right\r", .done("right")), ("\r", .done("")),
            ("a\u{1B}b\tc\r", .done("abc")), ("\u{4}", .end), ("ab\u{4}", .done("ab")), ("ab\u{3}", .canceled), ("ab", .more),
        ])
    func keys(typed: String, expected: HiddenLine.Outcome) {
        var line = HiddenLine()
        var last = HiddenLine.Outcome.more
        for byte in typed.utf8 where last == .more { last = line.take(byte) }
        #expect(last == expected)
    }
}
