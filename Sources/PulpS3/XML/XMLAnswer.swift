internal import NIOCore
internal import PulpCore

/// An element of one of S3's answers: few names, little text, no mixed content.
///
/// Attributes, comments and processing instructions are passed over. There is no DTD, no entity but the five that XML itself has, and
/// no CDATA: S3 sends none of them, and what does is refused.
struct XMLAnswer: Sendable, Hashable {
    /// The name without a prefix.
    let name: String
    /// The text of an element without children.
    fileprivate(set) var text = ""
    fileprivate(set) var children: [XMLAnswer] = []

    fileprivate init(name: String) { self.name = name }

    /// The text of the first child with a name; nil when there is none.
    func text(of child: String) -> String? { children.first { $0.name == child }?.text }

    /// The children with a name.
    func all(_ child: String) -> [XMLAnswer] { children.filter { $0.name == child } }

    /// Reads a document.
    /// - Throws: ``PulpError`` when it is not well-formed, or larger or deeper than any answer.
    init(_ bytes: ByteBuffer) throws(PulpError) {
        var parser = XMLScanner(Array(bytes.readableBytesView))
        self = try parser.document()
    }
}

/// Reads a document from its first byte to its last.
private struct XMLScanner {
    private static let deepest = 8
    private static let mostElements = 20_000
    private static let largest = 8 << 20

    private let bytes: [UInt8]
    private var position = 0
    private var elements = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(PulpError) -> XMLAnswer {
        guard bytes.count <= Self.largest else { throw malformed("is too large") }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        try skipMisc()
        guard take("<") else { throw malformed("does not begin with an element") }
        let root = try element(depth: 1)
        try skipMisc()
        guard position == bytes.count else { throw malformed("has more than one element") }
        return root
    }

    /// An element whose `<` was read.
    private mutating func element(depth: Int) throws(PulpError) -> XMLAnswer {
        elements += 1
        guard depth <= Self.deepest, elements <= Self.mostElements else { throw malformed("has too many elements") }
        let qualified = try name()
        var element = XMLAnswer(name: String(qualified.split(separator: ":").last ?? ""))
        if try endOfTag() { return element }
        var text: [UInt8] = []
        while true {
            guard let byte = peek else { throw malformed("ends in the middle") }
            guard byte == UInt8(ascii: "<") else {
                text.append(byte)
                position += 1
                continue
            }
            if take("</") {
                guard try name() == qualified, try !endOfTag() else { throw malformed("has tags that do not fit") }
                element.text = element.children.isEmpty ? try Self.decode(text) : ""
                return element
            }
            if try skipOne() { continue }
            position += 1
            element.children.append(try self.element(depth: depth + 1))
        }
    }

    private mutating func name() throws(PulpError) -> String {
        let start = position
        while let byte = peek, !Self.isSpace(byte), byte != UInt8(ascii: ">"), byte != UInt8(ascii: "/"), byte != UInt8(ascii: "<") {
            position += 1
        }
        guard position > start, position - start <= 128 else { throw malformed("has a tag without a name") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Passes over attributes to the end of a tag.
    /// - Returns: whether the tag is its element's end too.
    private mutating func endOfTag() throws(PulpError) -> Bool {
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: ">"): return false
            case UInt8(ascii: "/"):
                guard take(">") else { throw malformed("has a broken tag") }
                return true
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                while let next = peek, next != byte { position += 1 }
                position += 1
            case UInt8(ascii: "<"): throw malformed("has a broken tag")
            default: break
            }
        }
        throw malformed("ends in the middle")
    }

    /// Passes over spaces, comments and processing instructions.
    private mutating func skipMisc() throws(PulpError) {
        while let byte = peek {
            if Self.isSpace(byte) { position += 1 } else if try !skipOne() { return }
        }
    }

    /// - Returns: whether there was a comment or a processing instruction.
    private mutating func skipOne() throws(PulpError) -> Bool {
        if take("<!--") {
            try skip(to: "-->")
        } else if take("<?") {
            try skip(to: "?>")
        } else if bytes[position...].starts(with: "<!".utf8) {
            throw malformed("has a document type or CDATA")
        } else {
            return false
        }
        return true
    }

    private mutating func skip(to end: String) throws(PulpError) {
        while position < bytes.count {
            if take(end) { return }
            position += 1
        }
        throw malformed("ends in the middle")
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static let entities: [String: UInt8] = [
        "amp": UInt8(ascii: "&"), "lt": UInt8(ascii: "<"), "gt": UInt8(ascii: ">"), "quot": UInt8(ascii: "\""),
        "apos": UInt8(ascii: "'"),
    ]

    private static func decode(_ text: [UInt8]) throws(PulpError) -> String {
        var decoded: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "&") else {
                decoded.append(byte)
                continue
            }
            guard let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")) else { throw malformed("has a broken entity") }
            let name = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            if let character = entities[name] {
                decoded.append(character)
            } else {
                decoded += Array(try scalar(name).utf8)
            }
        }
        guard let string = String(validating: decoded, as: UTF8.self) else { throw malformed("is not UTF-8") }
        return string
    }

    /// The character of a numeric reference: `#39`, `#x27`.
    private static func scalar(_ name: String) throws(PulpError) -> String {
        let isHex = name.hasPrefix("#x")
        let number = name.hasPrefix("#") ? UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10) : nil
        guard let number, let scalar = Unicode.Scalar(number) else { throw malformed("has an entity that XML does not have") }
        return String(Character(scalar))
    }

    private func malformed(_ what: String) -> PulpError { Self.malformed(what) }
    private static func malformed(_ what: String) -> PulpError { PulpError(.systemState, "the object store's answer \(what)") }
}
