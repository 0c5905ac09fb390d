import PulpCore
import PulpTesting
import Testing

@Suite("JSON that is read")
struct JSONReaderTests {
    /// What is wrong with a text; nil when it is read.
    private func problem(_ text: String) -> String? {
        do throws(JSONSyntaxError) {
            _ = try JSON(parsing: text)
            return nil
        } catch {
            return error.description
        }
    }

    private func problem(_ bytes: [UInt8]) -> String? {
        do throws(JSONSyntaxError) {
            _ = try JSON(parsing: bytes)
            return nil
        } catch {
            return error.description
        }
    }

    @Test(
        "is any value, with space around it",
        arguments: [
            ("null", nil), ("true", true), ("false", false), ("0", 0), ("-12", -12), ("1.5", .number(1.5)), (#""a""#, "a"), (#""""#, ""),
            ("[]", []), ("[ ]", []), ("{}", [:]), ("{\n}", [:]), ("\t\r\n [1 , [2],{ }] ", [1, [2], [:]]),
            (#"{"a" : {"b":[null]}, "":true}"#, ["a": ["b": [nil]], "": true]),
        ] as [(String, JSON)])
    private func value(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
        #expect(try JSON(parsing: Array(text.utf8)) == value)
    }

    @Test("keeps the members of an object in their order")
    func order() throws {
        let text = #"{"z":1,"a":2,"m":{"y":3,"b":4}}"#
        #expect(try JSON(parsing: text).text == text)
    }

    @Test(
        "tells integers from other numbers by how they are written",
        arguments: [
            ("-0", .integer(0)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(0x1p63)), ("-9223372036854775809", .number(-0x1p63)), ("1.0", .number(1)),
            ("-0.0", .number(-0.0)),
            ("1e2", .number(100)), ("1E+2", .number(100)), ("25e-1", .number(2.5)), ("0.1", .number(0.1)),
            ("5e-324", .number(.leastNonzeroMagnitude)), ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
            ("1e-400", .number(0)),
        ] as [(String, JSON)])
    private func number(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
    }

    @Test(
        "has every escape of strings",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""a\u0041\u00e9\u20AC!""#, "aA\u{e9}\u{20ac}!"),
            (#""\ud83d\uDE00\n\ud83d\ude01""#, "\u{1f600}\n\u{1f601}"),
            ("\"\u{e9}\u{1f600}\u{7f}\u{2028}\"", "\u{e9}\u{1f600}\u{7f}\u{2028}"),
            (#""\u0001""#, "\u{1}"), (#""\uffff""#, "\u{ffff}"), ("\"e\u{301}\"", "e\u{301}"),
        ] as [(String, String)])
    private func escapes(text: String, value: String) throws {
        let read = try JSON(parsing: text).stringValue
        #expect(read.map { Array($0.utf8) } == Array(value.utf8))
    }

    @Test(
        "is refused in Python's words, with a place that counts scalars",
        arguments: [
            ("", "Expecting value: line 1 column 1 (char 0)"), (" \n ", "Expecting value: line 2 column 2 (char 3)"),
            ("nul", "Expecting value: line 1 column 1 (char 0)"),
            ("{a: 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            (#"{"a":1,}"#, "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"),
            (#"{"a" 1}"#, "Expecting ':' delimiter: line 1 column 6 (char 5)"), (#"{"a"::1}"#, "Expecting value: line 1 column 6 (char 5)"),
            (#"{"a":1"#, "Expecting ',' delimiter: line 1 column 7 (char 6)"),
            ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
            ("[1,]", "Expecting value: line 1 column 4 (char 3)"), ("[", "Expecting value: line 1 column 2 (char 1)"),
            ("{}}", "Extra data: line 1 column 3 (char 2)"), ("1 // one", "Extra data: line 1 column 3 (char 2)"),
            ("\"a", "Unterminated string starting at: line 1 column 1 (char 0)"),
            ("[\"a\\", "Unterminated string starting at: line 1 column 2 (char 1)"),
            ("\"a\tb\"", "Invalid control character at: line 1 column 3 (char 2)"),
            (#""\x41""#, #"Invalid \escape: line 1 column 2 (char 1)"#),
            (#""\u12g4""#, #"Invalid \uXXXX escape: line 1 column 3 (char 2)"#),
            (#""\u+123""#, #"Invalid \uXXXX escape: line 1 column 3 (char 2)"#),
            ("\"\\u1234", #"Invalid \uXXXX escape: line 1 column 3 (char 2)"#),
            ("[\"\u{e9}e\u{301}\u{1f600}\",\n \"\u{1f600}\" x]", "Expecting ',' delimiter: line 2 column 6 (char 14)"),
            ("\u{feff}{}", "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"),
            ("[-Infinity]", "Out of range float values are not JSON compliant: '-Infinity'"),
            ("NaN", "Out of range float values are not JSON compliant: 'NaN'"),
        ] as [(String, String)])
    private func words(text: String, words: String) {
        #expect(problem(text) == words)
        #expect(problem(Array(text.utf8)) == words)
    }

    @Test(
        "has no other way to write a number",
        arguments: ["+1", ".5", "1.", "01", "-01", "-", "1e", "1e+", "0x10", "1_0", "--1", "1.e1", "\u{661}"])
    private func noNumber(text: String) {
        #expect(problem(text) != nil)
        #expect(problem("[\(text)]") != nil)
    }

    @Test(
        "is stricter than Python where a value could not be kept or means two things",
        arguments: [
            (#"{"a":1,"b":2,"a":3}"#, #"Duplicate property name "a": line 1 column 14 (char 13)"#),
            (#"[{"a\n":1,"\u0061\n":3}]"#, #"Duplicate property name "a\n": line 1 column 11 (char 10)"#),
            (#""a\u0000""#, "A string holds a NUL: line 1 column 3 (char 2)"),
            (#""\ud83d""#, #"Unpaired surrogate in \uXXXX escape: line 1 column 2 (char 1)"#),
            (#""\ude00\ud83d""#, #"Unpaired surrogate in \uXXXX escape: line 1 column 2 (char 1)"#),
            (#""\ud83d\u0041""#, #"Unpaired surrogate in \uXXXX escape: line 1 column 2 (char 1)"#),
            ("[1e400]", "Number out of range: line 1 column 2 (char 1)"),
        ] as [(String, String)])
    private func strict(text: String, words: String) {
        #expect(problem(text) == words)
    }

    @Test("compares names byte by byte, also many of them")
    func names() throws {
        let members = (0..<100).map { "\"\($0)\":\($0)" }.joined(separator: ",")
        #expect(problem("{\(members)}") == nil)
        #expect(problem("{\(members),\"37\":0}")?.hasPrefix(#"Duplicate property name "37": "#) == true)
        #expect(problem("{\"\u{e9}\":1,\"e\u{301}\":2}") == nil)
    }

    @Test(
        "is UTF-8, or refused in the words of Python's decoder",
        arguments: [
            ([0xFF], "byte 0xff in position 0: invalid start byte"), ([0xC0, 0xAF], "byte 0xc0 in position 0: invalid start byte"),
            ([0xF5, 0x80, 0x80, 0x80], "byte 0xf5 in position 0: invalid start byte"),
            ([0x22, 0x80, 0x22], "byte 0x80 in position 1: invalid start byte"),
            ([0x22, 0xE0, 0x80, 0x80, 0x22], "byte 0xe0 in position 1: invalid continuation byte"),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], "byte 0xed in position 1: invalid continuation byte"),
            ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], "byte 0xf4 in position 1: invalid continuation byte"),
            ([0x22, 0xE2, 0x82, 0x22], "bytes in position 1-2: invalid continuation byte"),
            ([0x22, 0xC3, 0xA9, 0xF0, 0x9F, 0x98], "bytes in position 3-5: unexpected end of data"),
        ] as [([UInt8], String)])
    private func utf8(bytes: [UInt8], words: String) {
        #expect(problem(bytes) == "'utf-8' codec can't decode \(words)")
    }

    @Test("nests as deep as the reader allows, arrays and objects together")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            (0..<levels).map { $0 % 2 == 0 ? "[" : #"{"a":"# }.joined() + "1"
                + (0..<levels).reversed().map { $0 % 2 == 0 ? "]" : "}" }.joined()
        }
        #expect(problem(nested(100)) == nil)
        #expect(problem(nested(101)) == "Arrays and objects nested too deeply: line 1 column 301 (char 300)")
        #expect(problem(String(repeating: "[", count: 1_000_000)) == "Arrays and objects nested too deeply: line 1 column 101 (char 100)")
        #expect(problem("[" + String(repeating: "[[]],", count: 1000) + "1]") == nil)
        #expect(try JSON(parsing: "[1]", maximumDepth: 1) == [1])
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: "[[]]", maximumDepth: 1) }
    }

    /// Swift's own hash of such a name takes minutes.
    @Test("takes no longer for names of many combining marks", .timeLimit(.minutes(1)))
    func marks() {
        let marks = String(repeating: "\u{301}\u{323}", count: 500_000)
        #expect(problem("{\"a\(marks)\":1,\"b\(marks)\":2}") == nil)
        #expect(problem("{\"a\(marks)\":1,\"a\(marks)\":2}")?.hasSuffix(": line 1 column 1000008 (char 1000007)") == true)
    }

    @Test("is again the value that was written", arguments: 0..<200)
    private func roundTrip(seed: UInt64) throws {
        var numbers = SplitMix(seed: seed)
        let value = JSON(depth: 4, from: &numbers)
        let text = value.text
        #expect(try JSON(parsing: text) == value)
        #expect(try JSON(parsing: text).text == text)
    }

    @Test("is read or refused, and never more than that, when its bytes are damaged", arguments: 0..<200)
    private func damage(seed: UInt64) {
        var numbers = SplitMix(seed: seed)
        var bytes = Array(JSON(depth: 3, from: &numbers).text.utf8)
        for _ in 0..<50 {
            bytes[Int.random(in: bytes.indices, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
            let prefix = bytes.prefix(Int.random(in: 0...bytes.count, using: &numbers))
            do throws(JSONSyntaxError) {
                let value = try JSON(parsing: prefix)
                #expect(problem(value.text) == nil)
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}

extension JSON {
    /// Any value that can be written and read: numbers are finite, and no string holds a NUL.
    fileprivate init(depth: Int, from numbers: inout SplitMix) {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &numbers) {
        case 0: self = .null
        case 1: self = .bool(Bool.random(using: &numbers))
        case 2: self = .integer(Int(bitPattern: UInt(numbers.next())) >> Int.random(in: 0..<64, using: &numbers))
        case 3:
            let number = Double(bitPattern: numbers.next())
            self = .number(number.isFinite ? number : 0)
        case 4, 5: self = .string(Self.text(from: &numbers))
        case 6: self = .array((0..<Int.random(in: 0..<6, using: &numbers)).map { _ in JSON(depth: depth - 1, from: &numbers) })
        default:
            let count = Int.random(in: 0..<24, using: &numbers)
            self = .object(
                Object((0..<count).map { _ in (name: Self.text(from: &numbers), value: JSON(depth: depth - 1, from: &numbers)) }))
        }
    }

    private static func text(from numbers: inout SplitMix) -> String {
        let limits: [UInt32] = [0x20, 0x80, 0x800, 0x1_0000, 0x11_0000]
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &numbers) {
            let limit = limits[Int.random(in: limits.indices, using: &numbers)]
            // Surrogates are no scalars: they stand for themselves nowhere, and are left out.
            if let scalar = Unicode.Scalar(UInt32.random(in: 1..<limit, using: &numbers)) { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}
