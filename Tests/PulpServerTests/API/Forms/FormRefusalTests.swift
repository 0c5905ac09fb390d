import Testing

@testable import PulpServer

@Suite("A multipart form is refused")
struct FormRefusalTests {
    private func error(_ body: [UInt8], limits: FormLimits = FormLimits()) -> String {
        Reading(body, boundary: FormSamples.boundary, limits: limits).error ?? "none"
    }

    private func part(_ header: String...) -> [UInt8] {
        Array((["--AaB03x"] + header + ["", "x", "--AaB03x--", ""]).joined(separator: "\r\n").utf8)
    }

    @Test("when it breaks off, wherever")
    func ends() {
        let body = FormSamples.body([("name=a", [0x31]), ("name=b; filename=b", [0x32])])
        #expect(error([]) == "the body has no form")
        for end in 1..<body.count - 2 { #expect(error(Array(body[..<end])) != "none", "\(end)") }
        #expect(error(Array(body.dropLast(2))) == "none")
        #expect(error(Array(body.dropLast(3))) == "the body ends before the form does")
    }

    @Test("when a part says no name, or says it twice")
    func names() {
        #expect(error(part("Content-Disposition: form-data")) == "a part has no name")
        #expect(error(part("Content-Disposition: form-data; filename=a")) == "a part has no name")
        #expect(error(part("Content-Type: text/plain")).contains("no Content-Disposition"))
        #expect(error(part()).contains("no Content-Disposition"))
        #expect(error(part("Content-Disposition: attachment; name=a")).contains("no Content-Disposition of the type form-data"))
        #expect(error(part("Content-Disposition: form-data; name=a; name=b")).contains("twice"))
        #expect(error(part("Content-Disposition: form-data; name=a", "Content-Disposition: form-data; name=a")).contains("two"))
    }

    @Test(
        "when a part's header makes no sense",
        arguments: [
            "Content-Disposition", ": form-data; name=a", "Content Disposition: form-data; name=a", "Content-Disposition: form-data; name",
            "Content-Disposition: form-data; name=\"a", "Content-Disposition: form-data; name=\"a\"b", "Content-Disposition: form-data; =a",
            " Content-Disposition: form-data; name=a", "Content-Disposition: form-data; name=a\nX: y",
            "Content-Disposition: form-data; name=\0",
            "Content-Disposition: form-data; name=a\rb", "Content-Disposition: form-data; name=a; filename*=latin1''%E4",
            "Content-Disposition: form-data; name=a; filename*=utf-8''%E4", "--AaB03x",
        ])
    func headers(header: String) {
        #expect(error(part(header)) != "none")
    }

    @Test("when a part's bytes would have to be decoded")
    func encodings() {
        #expect(error(part("Content-Disposition: form-data; name=a", "Content-Transfer-Encoding: base64")).contains("base64"))
        #expect(error(part("Content-Disposition: form-data; name=a", "Content-Transfer-Encoding: Binary")) == "none")
    }

    @Test("when a boundary goes on, or its line does not end as lines do")
    func boundaries() {
        #expect(error(Array("--AaB03xyz\r\n".utf8)).contains("a boundary stands inside a part"))
        #expect(error(Array("--AaB03x\n".utf8)) != "none")
        #expect(error(Array("--AaB03x -\r\n".utf8)) != "none")
        #expect(error(Array("--AaB03x-\r\n".utf8)) != "none")
    }

    @Test("when it is larger than what fits into memory; files are not")
    func limits() {
        let limits = FormLimits(header: 100, parts: 3, text: 10)
        #expect(error(FormSamples.body([("name=a", Array(repeating: 0x78, count: 9))]), limits: limits) == "none")
        #expect(error(FormSamples.body([("name=a", Array(repeating: 0x78, count: 10))]), limits: limits).contains("texts"))
        #expect(error(FormSamples.body([("name=a", [1, 1, 1, 1]), ("name=a", [1, 1, 1, 1, 1])]), limits: limits).contains("texts"))
        #expect(error(FormSamples.body([("name=a; filename=a", Array(repeating: 0x78, count: 10_000))]), limits: limits) == "none")
        let four = FormSamples.body(Array(repeating: (header: "name=a; filename=a", bytes: []), count: 4))
        #expect(error(four, limits: limits).contains("more than 3 parts"))
        #expect(error(FormSamples.body([("name=\(String(repeating: "n", count: 60))", [])]), limits: limits).contains("header of a part"))
        #expect(error(FormSamples.body([("name=\(String(repeating: "n", count: 600))", [])]), limits: limits).contains("header of a part"))
        #expect(error(Array(repeating: 0x78, count: 101), limits: limits).contains("before the first boundary"))
        #expect(error(Array("--AaB03x\(String(repeating: " ", count: 101))".utf8), limits: limits).contains("after a boundary"))
    }

    @Test(
        "when its boundary cannot be one",
        arguments: [
            "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; boundary=\"a b \"",
            "multipart/form-data; boundary=\"a\\\"b\"",
            "multipart/form-data; boundary=é", "multipart/form-data; boundary=\"a\r\nb\"", "multipart/mixed; boundary=a",
            "application/json", "",
            "multipart/form-data; boundary=\(String(repeating: "a", count: 71))",
        ])
    func contentTypes(type: String) {
        #expect(throws: FormError.self) { try FormBoundary(contentType: type) }
    }

    @Test(
        "not when its boundary is quoted, long or odd",
        arguments: [
            ("multipart/form-data; boundary=AaB03x", "AaB03x"), ("Multipart/Form-Data;charset=utf-8;BOUNDARY=\"a b:c=d\"", "a b:c=d"),
            ("multipart/form-data; boundary=\(String(repeating: "a", count: 70))", String(repeating: "a", count: 70)),
        ])
    func goodContentTypes(type: String, boundary: String) throws {
        #expect(try FormBoundary(contentType: type).text == boundary)
    }
}
