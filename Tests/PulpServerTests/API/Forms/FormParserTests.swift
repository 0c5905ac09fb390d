import NIOCore
import PulpTesting
import Testing

@testable import PulpServer

@Suite("A multipart form")
struct FormParserTests {
    @Test("is read as RFC 7578 has it")
    func example() {
        let body = FormSamples.lines(
            "--AaB03x", "content-disposition: form-data; name=\"field1\"", "content-type: text/plain;charset=UTF-8", "",
            "Joe owes =E2=82=AC100.",
            "--AaB03x", "content-disposition: form-data; name=\"files\"; filename=\"file1.txt\"", "Content-Type: text/plain", "",
            "... contents of file1.txt ...", "--AaB03x--", "")
        guard case .form(let fields) = Reading(body, boundary: "AaB03x") else {
            Issue.record("no form")
            return
        }
        #expect(fields.map(\.part.name) == ["field1", "files"])
        #expect(fields.map(\.part.filename) == [nil, "file1.txt"])
        #expect(fields.map(\.part.contentType) == ["text/plain;charset=UTF-8", "text/plain"])
        #expect(fields.map { String(decoding: $0.bytes, as: UTF8.self) } == ["Joe owes =E2=82=AC100.", "... contents of file1.txt ..."])
    }

    @Test("may have a preamble, and an epilogue that looks like more of it (RFC 2046 §5.1.1)")
    func preamble() {
        let body = FormSamples.lines(
            "This is the preamble.", "", "--b", "Content-Disposition: form-data; name=a", "", "1", "--b--", "--b", "x")
        #expect(Reading(body, boundary: "b").texts == ["a=1"])
    }

    @Test("is the same form however its bytes are cut")
    func cuts() {
        let body = FormSamples.tricky
        let whole = Reading(body, boundary: FormSamples.boundary)
        #expect(
            whole.texts == [
                "text=v\u{e4}lue", "file[a.bin]=\r\n\r--AaB03\r\n--AaB03\r\r\n--AaB0\r\n-\r\n", "empty[e]=", "none=",
            ])
        for cut in 0...body.count { #expect(Reading(body, boundary: FormSamples.boundary, cutAt: [cut]) == whole, "cut at \(cut)") }
        #expect(Reading(body, boundary: FormSamples.boundary, cutAt: Array(0...body.count)) == whole)
    }

    @Test("gives back what was put into it: any bytes, with beginnings of boundaries among them")
    func roundTrip() throws {
        var random = SplitMix(seed: 1)
        let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
        let pieces = ["\r", "\n", "\r\n", "\r\n--", "--", "\r\n----WebKit", "\r\n------WebKitFormBoundary7MA4YWxkTrZu0g", "x", "\0"].map {
            Array($0.utf8)
        }
        for round in 0..<300 {
            let parts = (0..<Int.random(in: 1...4, using: &random)).map { index in
                let bytes = (0..<Int.random(in: 0...30, using: &random)).flatMap { _ in pieces.randomElement(using: &random) ?? [] }
                return (header: "name=\"\(index)\"; filename=f", bytes: bytes)
            }
            let body = FormSamples.body(parts, boundary: boundary)
            let reading = Reading(body, boundary: boundary, cutAt: FormSamples.cuts(body.count, &random))
            guard case .form(let fields) = reading else {
                Issue.record("round \(round): \(reading.error ?? "")")
                return
            }
            #expect(fields.map(\.bytes) == parts.map(\.bytes), "round \(round)")
        }
    }

    @Test("copies no bytes of a file")
    func slices() throws {
        let content = ByteBuffer(repeating: 0x78, count: 100_000)
        var body = ByteBuffer(bytes: FormSamples.body([("name=f; filename=f", Array(content.readableBytesView))]))
        let address = body.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        var parser = FormParser(try FormBoundary(FormSamples.boundary))
        parser.feed(body)
        body.clear()
        var found = 0
        while let event = try parser.next() {
            guard case .bytes(let bytes) = event else { continue }
            found += bytes.readableBytes
            let start = bytes.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
            #expect((address..<address + 101_000).contains(start))
        }
        #expect(found == content.readableBytes)
    }

    @Test("never crashes and never depends on how it is cut, whatever it is")
    func hostile() {
        var random = SplitMix(seed: 7)
        let sample = FormSamples.tricky
        let pieces = [
            "\r\n", "--AaB03x", "--", "\r", "\n", ":", "\"", ";", "=", "\\", "%22", "filename*=utf-8''%", "name=", "\0", "\u{301}",
        ].map { Array($0.utf8) }
        for round in 0..<3000 {
            var body = sample
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0...body.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: body.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
                case 1: body.removeSubrange(place..<min(body.count, place + Int.random(in: 0...20, using: &random)))
                case 2: if place < body.count { body[place] = UInt8.random(in: 0...255, using: &random) }
                default: body.removeSubrange(place...)
                }
            }
            let whole = Reading(body, boundary: FormSamples.boundary)
            #expect(Reading(body, boundary: FormSamples.boundary, cutAt: FormSamples.cuts(body.count, &random)) == whole, "round \(round)")
            #expect(Reading(body, boundary: FormSamples.boundary, cutAt: Array(0...body.count)) == whole, "round \(round)")
        }
    }
}
