/// Why a text is no JSON, in the words of Python's `json` module where that refuses it too, as Pulp's clients see them:
/// `Expecting value: line 1 column 1 (char 0)`.
public struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
    /// What is wrong and where; lines and columns count Unicode scalars from 1.
    public let description: String

    init(description: String) { self.description = description }

    /// A problem at a byte of a text.
    init(_ problem: String, at offset: Int, in utf8: UnsafeBufferPointer<UInt8>) {
        var line = 1
        var column = 1
        var character = 0
        for byte in utf8[..<offset] where byte & 0xC0 != 0x80 {  // the first byte of each scalar
            character += 1
            column += 1
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            }
        }
        description = "\(problem): line \(line) column \(column) (char \(character))"
    }

    /// About the first bytes that are not UTF-8, in the words of Python's decoder.
    init(malformed bytes: some Collection<UInt8>) {
        var source = bytes.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        var start = 0
        var scalar = parser.parseScalar(from: &source)
        while case .valid(let encoded) = scalar {
            start += encoded.count
            scalar = parser.parseScalar(from: &source)
        }
        let length = if case .error(let length) = scalar { length } else { 0 }  // never 0: the caller found it malformed
        let rest = bytes.dropFirst(start)
        let first = rest.first ?? 0
        let byte = "byte 0x\(String(first, radix: 16)) in position \(start)"
        let place = length == 1 ? byte : "bytes in position \(start)-\(start + length - 1)"
        let canGoOn = (0xC2...0xF4).contains(first)
        let reason = !canGoOn ? "invalid start byte" : rest.count == length ? "unexpected end of data" : "invalid continuation byte"
        description = "'utf-8' codec can't decode \(place): \(reason)"
    }
}
