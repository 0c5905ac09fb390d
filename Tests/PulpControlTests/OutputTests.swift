import PulpCore
import Testing

@testable import PulpControl

@Suite("Output for people and for programs")
struct OutputTests {
    @Test("Columns are as wide as they must be; empty ones are left out")
    func table() {
        let objects: [JSON.Object] = [
            ["name": "a", "url": "http://x/", "note": .null, "size": 5], ["name": "longer", "url": "y", "note": .null, "size": 12],
        ]
        let table = Table(objects, columns: ["name", "note", "missing", "size", "url"])
        #expect(table.lines() == ["name    size  url", "a       5     http://x/", "longer  12    y"])
    }

    @Test("One thing has a line for each member")
    func fields() {
        #expect(
            Table.lines(of: ["name": "a", "labels": ["k": "v", "l": .null], "none": .null]) == ["name    a", "labels  k=v, l=", "none"])
    }

    @Test("No text from outside commands the terminal")
    func escapes() {
        #expect(JSON.string("a\u{1B}[2Jb\nc\u{9B}").readable == #"a\u{1B}[2Jb\nc\u{009B}"#)
        #expect(JSON.object(["\u{7}": "x"]).readable == #"\u{07}=x"#)
        #expect("plain ü 漢".printable == "plain ü 漢")
    }

    @Test("Indented JSON is the same JSON")
    func json() throws {
        let value: JSON = ["a": [1, [], ["b": .null]], "c": .object([:]), "d\"": "e\n", "f": [true, .number(1.5)]]
        #expect(try JSON(parsing: value.indented) == value)
        #expect((["a": 1] as JSON).indented == "{\n  \"a\": 1\n}")
    }

    @Test("A bar shows how far the work is, and never wraps", arguments: [1, 20, 40, 80, 200])
    func bar(width: Int) {
        var lines = ProgressLines()
        for (done, total) in [(0, 10), (5, 10), (10, 10), (11, 10), (0, 0), (7, nil)] as [(Int, Int?)] {
            let line = lines.bar(for: ProgressReport(code: "c", message: "Downloading", done: done, total: total), width: width)
            #expect(line.count < width)
        }
        let half = lines.bar(for: ProgressReport(code: "c", message: "Work", done: 5, total: 10), width: 80)
        #expect(half == "Work  [\(String(repeating: "#", count: 15))\(String(repeating: ".", count: 15))] 5/10")
    }

    @Test("Downloaded files and bytes are one bar, which the bytes move")
    func downloads() {
        var lines = ProgressLines()
        func line(_ code: String, _ done: Int, _ total: Int?) -> String {
            lines.bar(for: ProgressReport(code: code, message: "Downloading", done: done, total: total), width: 80)
        }
        #expect(line(ProgressReport.downloadedFiles, 1, nil) == "Downloading  1")
        #expect(line(ProgressReport.downloadedBytes, 1536, nil) == "Downloading  1  1.5 KiB")
        #expect(line(ProgressReport.downloadedFiles, 1, 4) == "Downloading  [#######.......................] 1/4  1.5 KiB")
        #expect(line(ProgressReport.downloadedBytes, 2048, 4096) == "Downloading  [###############...............] 1/4  2.0 KiB")
    }

    @Test("Without a terminal there is a line at the beginning and one at the end of each part")
    func lines() {
        var lines = ProgressLines()
        let shown = (0...100).compactMap { lines.line(for: ProgressReport(code: "c", message: "Work", done: $0, total: 100)) }
        #expect(shown == ["Work", "Work  100/100"])
    }

    @Test(
        "Amounts of bytes are readable",
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB"),
        ] as [(Int64, String)])
    func bytes(count: Int64, text: String) {
        #expect(ByteCount(count).description == text)
    }
}
