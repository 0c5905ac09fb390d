extension JSONReader {
    /// A string, whose opening quote is next.
    mutating func string() throws(JSONSyntaxError) -> String {
        let start = index
        index += 1
        var run = index
        // What comes before the run, when there are escapes.
        var decoded: [UInt8] = []
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                let last = run..<index
                index += 1
                if decoded.isEmpty { return text(last) }
                decoded += bytes[last]
                return String(decoding: decoded, as: UTF8.self)
            case UInt8(ascii: "\\"):
                decoded += bytes[run..<index]
                guard index + 1 < bytes.count else { throw failure("Unterminated string starting at", at: start) }
                try escape(into: &decoded)
                run = index
            case ..<0x20: throw failure("Invalid control character at", at: index)
            default: index += 1
            }
        }
        throw failure("Unterminated string starting at", at: start)
    }

    /// One escape: a backslash and at least one byte more.
    private mutating func escape(into decoded: inout [UInt8]) throws(JSONSyntaxError) {
        let start = index
        let letter = bytes[start + 1]
        index += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"): decoded += try scalar(from: start).utf8
        default: throw failure("Invalid \\escape", at: start)
        }
    }

    /// The scalar of one `\uXXXX`, or of the two of a surrogate pair.
    /// - Parameter start: where the backslash is; the digits are next.
    private mutating func scalar(from start: Int) throws(JSONSyntaxError) -> Unicode.Scalar {
        let first = try codeUnit()
        // PostgreSQL's text holds no NUL.
        guard first != 0 else { throw failure("A string holds a NUL", at: start) }
        if let scalar = Unicode.Scalar(first) { return scalar }
        if UTF16.isLeadSurrogate(first), bytes[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
            index += 2
            let second = try codeUnit()
            if UTF16.isTrailSurrogate(second) { return UTF16.decode(UTF16.EncodedScalar([first, second])) }
        }
        throw failure("Unpaired surrogate in \\uXXXX escape", at: start)
    }

    /// The four digits behind `\u`, which something must follow, as a string never ends there.
    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        let digits = index..<index + 4
        guard digits.upperBound < bytes.count else { throw failure("Invalid \\uXXXX escape", at: index - 1) }
        var unit: UInt16 = 0
        for byte in bytes[digits] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt16(byte & 0x0F)
            case UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt16(byte & 0x0F + 9)
            default: throw failure("Invalid \\uXXXX escape", at: index - 1)
            }
        }
        index = digits.upperBound
        return unit
    }
}
