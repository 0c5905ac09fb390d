extension JSON {
    /// Reads JSON text (RFC 8259), and refuses more than the standard asks for: a member name that comes twice in one object, halves of
    /// surrogate pairs, NUL in a string, and numbers that no `Double` holds.
    ///
    /// Members keep their order. A number without fraction and exponent that `Int` holds becomes an integer; every other one a number.
    /// The time is linear in the length of the text.
    /// - Parameter maximumDepth: how deep arrays and objects may nest; every level takes some room on the stack.
    public init(parsing text: String, maximumDepth: Int = 100) throws(JSONSyntaxError) {
        var text = text
        let result = text.withUTF8 { utf8 in
            Result { () throws(JSONSyntaxError) in
                var reader = JSONReader(bytes: utf8, levelsLeft: maximumDepth)
                return try reader.document()
            }
        }
        self = try result.get()
    }

    /// Reads JSON text from its bytes, as ``init(parsing:maximumDepth:)`` does, and refuses what is not UTF-8.
    public init(parsing bytes: some Collection<UInt8>, maximumDepth: Int = 100) throws(JSONSyntaxError) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw JSONSyntaxError(malformed: bytes) }
        try self.init(parsing: text, maximumDepth: maximumDepth)
    }
}

/// Reads one JSON text by recursive descent, over bytes that are known to be UTF-8.
struct JSONReader {
    let bytes: UnsafeBufferPointer<UInt8>
    /// The next byte to read.
    var index = 0
    /// How many more arrays and objects may open.
    var levelsLeft: Int

    /// The whole text: one value.
    mutating func document() throws(JSONSyntaxError) -> JSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw failure("Unexpected UTF-8 BOM (decode using utf-8-sig)", at: 0) }
        skipSpace()
        let value = try value()
        skipSpace()
        guard index == bytes.count else { throw failure("Extra data", at: index) }
        return value
    }

    private mutating func value() throws(JSONSyntaxError) -> JSON {
        switch current {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case _ where take("true"): return .bool(true)
        case _ where take("false"): return .bool(false)
        case _ where take("null"): return .null
        default: throw noValue(at: index)
        }
    }

    private mutating func array() throws(JSONSyntaxError) -> [JSON] {
        try open()
        defer { levelsLeft += 1 }
        var elements: [JSON] = []
        if take(UInt8(ascii: "]")) { return elements }
        repeat {
            skipSpace()
            elements.append(try value())
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw failure("Expecting ',' delimiter", at: index) }
        return elements
    }

    private mutating func object() throws(JSONSyntaxError) -> JSON.Object {
        try open()
        defer { levelsLeft += 1 }
        var members: [(name: String, value: JSON)] = []
        var names: Set<MemberName> = []
        if take(UInt8(ascii: "}")) { return [:] }
        repeat {
            skipSpace()
            let start = index
            guard current == UInt8(ascii: "\"") else { throw failure("Expecting property name enclosed in double quotes", at: start) }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("Expecting ':' delimiter", at: index) }
            guard names.insert(MemberName(text: name)).inserted else {
                let quoted = JSON.string(String(name.unicodeScalars.prefix(100))).text
                throw failure("Duplicate property name \(quoted)", at: start)
            }
            skipSpace()
            members.append((name, try value()))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw failure("Expecting ',' delimiter", at: index) }
        return JSON.Object(distinct: members)
    }

    /// The longest prefix that is a number; what must not follow it fails where the next delimiter is expected.
    private mutating func number() throws(JSONSyntaxError) -> JSON {
        let start = index
        _ = take(UInt8(ascii: "-"))
        guard take(UInt8(ascii: "0")) || skipDigits(from: index) else { throw noValue(at: start) }
        let end = index
        if current == UInt8(ascii: ".") { _ = skipDigits(from: index + 1) }
        if current | 0x20 == UInt8(ascii: "e") {
            let sign = byte(at: index + 1)
            _ = skipDigits(from: index + (sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? 2 : 1))
        }
        let text = text(start..<index)
        if index == end, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw failure("Number out of range", at: start) }
        return .number(number)
    }
}

extension JSONReader {
    /// The next byte; at the end of the text 0, which no grammar takes.
    private var current: UInt8 { byte(at: index) }

    private func byte(at index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    /// A part of the text, whose bounds lie between characters.
    func text(_ range: Range<Int>) -> String { String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self) }

    func failure(_ problem: String, at offset: Int) -> JSONSyntaxError { JSONSyntaxError(problem, at: offset, in: bytes) }

    /// Python reads three words that no JSON has, and the framework under Pulp refuses them in words of its own.
    private func noValue(at start: Int) -> JSONSyntaxError {
        for word in ["NaN", "Infinity", "-Infinity"] where bytes[start...].starts(with: word.utf8) {
            return JSONSyntaxError(description: "Out of range float values are not JSON compliant: '\(word)'")
        }
        return failure("Expecting value", at: start)
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        index += 1
        return true
    }

    private mutating func take(_ word: String) -> Bool {
        guard bytes[index...].starts(with: word.utf8) else { return false }
        index += word.utf8.count
        return true
    }

    private mutating func skipSpace() {
        while current == 0x20 || current == 0x0A || current == 0x0D || current == 0x09 { index += 1 }
    }

    /// Goes behind the digits that begin at `start`; stays in place when there are none.
    private mutating func skipDigits(from start: Int) -> Bool {
        var end = start
        while end < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[end]) { end += 1 }
        if end > start { index = end }
        return end > start
    }

    /// Goes into an array or object.
    private mutating func open() throws(JSONSyntaxError) {
        guard levelsLeft > 0 else { throw failure("Arrays and objects nested too deeply", at: index) }
        levelsLeft -= 1
        index += 1
        skipSpace()
    }
}

/// A name that compares byte by byte (RFC 8259, 8.3).
///
/// Swift's own comparison and hash of strings take quadratic time for long runs of combining marks, which hostile names could hold.
private struct MemberName: Hashable {
    let text: String

    static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.count == right.text.utf8.count && left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
