/// Percent-encoding of URLs (RFC 3986 §2.1), by bytes.
enum PercentEncoding {
    /// A path whose segments hold nothing unencoded but what RFC 3986 §3.3 allows, less what servers are known to mistake.
    static func path(_ path: String) -> String {
        encoding(path.utf8) { isUnreserved($0) || $0 == UInt8(ascii: "/") || segmentMarks.contains($0) }
    }

    /// A request target as it came, with those bytes encoded that HTTP cannot carry; escapes stay as they are.
    static func repaired(_ target: String) -> String {
        encoding(target.utf8) { $0 > 0x20 && $0 < 0x7F && !unfit.contains($0) }
    }

    /// The bytes that encoded text means; nil when an escape is broken.
    static func decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(value), let low = iterator.next().flatMap(value) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static let segmentMarks = Set("!$&'()*,=:@".utf8)
    private static let unfit = Set("\"<>\\^`{|}".utf8)
    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    private static func encoding(_ text: String.UTF8View, except isPlain: (UInt8) -> Bool) -> String {
        if text.allSatisfy(isPlain) { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 2)
        for byte in text {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
