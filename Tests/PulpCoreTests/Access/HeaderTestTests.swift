import Foundation
import PulpTesting
import Testing

@testable import PulpCore

@Suite("A guard that wants a header")
struct HeaderTestTests {
    private func verdict(_ headers: [(name: String, value: String)], value: String = "gold", filter: String? = nil) throws -> Bool {
        let test = HeaderTest(name: "X-Partner", value: value, path: try filter.map { (filter) throws(InvalidField) in try JQPath(filter) })
        return test.verdict(on: ClientCredentials(headers: headers)) == .permitted
    }

    private func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    @Test("lets in the value, whatever the case of the name")
    func permits() throws {
        for name in ["X-Partner", "x-partner", "X-PARTNER"] { #expect(try verdict([("Host", "h"), (name, encoded("gold"))])) }
        #expect(try verdict([("x-partner", encoded("gold")), ("X-Partner", encoded("gold"))]), "the same twice is no contradiction")
    }

    @Test(
        "lets in nothing else",
        arguments: [
            [], [("X-Partner", "gold")], [("X-Partner", "Z29sZA")], [("X-Partner", "Z29s ZA==")], [("X-Partner", "Z29sZA==\u{0}")],
            [("X-Partner", "")], [("X-Partner", "R29sZA==")], [("X-Partner", "Z29sZGVu")], [("X-Partners", "Z29sZA==")],
            [("X_Partner", "Z29sZA==")], [("X-Partner", "Z29sZA=="), ("x-partner", "c2lsdmVy")],
            [("X-Partner", ""), ("X-Partner", "Z29sZA==")], [("X-Partner", "Z29sZA==, Z29sZA==")],
        ] as [[(String, String)]])
    func denies(headers: [(String, String)]) throws {
        #expect(try !verdict(headers.map { (name: $0.0, value: $0.1) }))
    }

    @Test("takes what its filter finds in JSON, where that is a string")
    func filter() throws {
        func passes(_ json: String, _ filter: String) throws -> Bool { try verdict([("x-partner", encoded(json))], filter: filter) }
        #expect(try passes(#"{"identity": {"level": "gold"}}"#, ".identity.level"))
        #expect(try passes(#"{"roles": ["silver", "gold"]}"#, ".roles[-1]"))
        #expect(try passes(#""gold""#, "."))
        for json in ["gold", "", "{", #"{"identity": "gold"}"#, #"{"identity": {"level": ["gold"]}}"#, "null", #"{"identity": {}}"#] {
            #expect(try !passes(json, ".identity.level"), "\(json)")
        }
        #expect(try !passes(String(repeating: "[", count: 10_000), ".a"))
        #expect(try !verdict([("x-partner", Data([0x22, 0xFF, 0x22]).base64EncodedString())], filter: "."))
        #expect(try !verdict([("x-partner", encoded(#"{"n": 1}"#))], value: "1", filter: ".n"), "a number is no text, as in Pulp")
    }

    @Test(
        "follows members and elements as jq does",
        arguments: [
            (".", #"{"a":[{"b c":1},2]}"#), (".a", #"[{"b c":1},2]"#), (".a[1]", "2"), (".a[-1]", "2"), (".a[7]", "null"),
            (#".a[0]."b c""#, "1"), (#".a[0]["b c"]"#, "1"), (".x", "null"), (".x.y[0]", "null"), (" .a | .[1] ", "2"),
            (#".["a"] | .[0] | ."b c""#, "1"), (".a.[1]", "2"), (#"."\u0061"[1]"#, "2"),
        ])
    func paths(filter: String, found: String) throws {
        let json = try JSON(parsing: #"{"a":[{"b c":1},2]}"#)
        #expect(try JQPath(filter).first(in: json)?.text == found)
    }

    @Test("fails where jq fails", arguments: [".a.b", ".[0]", ".a[1].b", #".a["b"]"#])
    func failing(filter: String) throws {
        #expect(try JQPath(filter).first(in: JSON(parsing: #"{"a":[{"b c":1},2]}"#)) == nil)
    }

    @Test(
        "is not made with a filter that does more",
        arguments: [
            "", " ", "a", "..", ".a.", ".a..b", ".[]", ".a[", ".a[1", ".a[b]", ".a[1:2]", ".a?", ".a, .b", ".a | length", "def f: f; f",
            ".1",
            #".["a"#, #"."a\(.b)""#, "|", ".a |", "| .a", ". a", ".a[99999999999999999999]", "[.a]", "input", "env", ".a // \"gold\"",
        ])
    func refused(filter: String) {
        #expect(throws: InvalidField.self) { try JQPath(filter) }
        var value = HeaderContentGuard()
        let error = #expect(throws: ValidationError.self) {
            try HeaderContentGuard.schema.apply(
                ["name": "g", "header_name": "X", "header_value": "v", "jq_filter": .string(filter)], to: &value, .create)
        }
        #expect(error?.problems.map(\.field) == ["jq_filter"])
    }

    @Test("is not made without what it needs, or for what is no header", arguments: ["", "a b", "a:", "ä", "x\r\ny"])
    func fields(name: String) {
        var value = HeaderContentGuard()
        let error = #expect(throws: ValidationError.self) {
            try HeaderContentGuard.schema.apply(["name": "", "header_name": .string(name), "description": ""], to: &value, .create)
        }
        #expect(error?.problems.map(\.field) == ["name", "description", "header_name", "header_value"])
    }
}
