import Testing

@testable import PulpCore

@Suite("Lines out of chunks")
struct LineBufferTests {
    @Test("However the bytes are cut into chunks, the lines are the same", arguments: 1...9)
    func chunks(size: Int) throws {
        let text = "one\ntwo\r\n\nü𝄞\nlast"
        var lines: [String] = []
        var buffer = LineBuffer()
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let end = min(start + size, bytes.count)
            buffer.append(bytes[start..<end], isLast: end == bytes.count)
            while let line = try buffer.next() { lines.append(line.text) }
        }
        #expect(lines == ["one", "two", "", "ü𝄞", "last"])
    }

    @Test("An endless line and bytes that are not UTF-8 end the reading")
    func limits() throws {
        var endless = LineBuffer()
        endless.append([UInt8](repeating: 0x61, count: StagedLines.limit + 1), isLast: false)
        #expect(throws: PulpError.self) { try endless.next() }
        var latin = LineBuffer()
        latin.append([0x61, 0xFC, 0x0A], isLast: true)
        #expect(throws: PulpError.self) { try latin.next() }
    }
}
