/// From a request target to a decoded path, and back.
enum RequestPath {
    /// Why a request target is refused.
    enum Refusal: Error, Hashable {
        /// It is not a target that HTTP knows.
        case malformed
        /// It is well-formed, and nothing can be there.
        case nothingThere
    }

    /// The percent-decoded path of a request target: absolute, decoded exactly once, without the query.
    ///
    /// Encoded slashes, backslashes and control characters, `.` and `..` segments in any spelling, empty segments and bytes
    /// that are not UTF-8 never come out: paths of content have none of them.
    static func decode(_ target: String) throws(Refusal) -> String {
        var target = target
        let decoded: Result<String?, Refusal> = target.withUTF8 { bytes in
            do throws(Refusal) { return .success(try decode(bytes)) } catch { return .failure(error) }
        }
        return try decoded.get() ?? target
    }

    /// Nil when the target is its own decoded path, which is common and needs no copy.
    private static func decode(_ target: UnsafeBufferPointer<UInt8>) throws(Refusal) -> String? {
        var start = 0
        if target.first != slash { start = try originOfAbsoluteForm(target) }
        var end = target.count
        var isPlain = start == 0
        var segment = start + 1
        for index in start..<target.count {
            switch target[index] {
            case slash:
                if index > start {
                    try check(target[segment..<index])
                    segment = index + 1
                }
            case percent: isPlain = false
            case UInt8(ascii: "?"):
                end = index
                isPlain = false
            case UInt8(ascii: "\\"): throw .nothingThere
            case UInt8(ascii: "#"), 0x00...0x20, 0x7F: throw .malformed
            case 0x80...0xFF: isPlain = false
            default: break
            }
            if end == index { break }
        }
        guard start < end else { throw .malformed }
        try checkLast(target[min(segment, end)..<end])
        if isPlain { return nil }
        return try unescape(UnsafeBufferPointer(rebasing: target[start..<end]))
    }

    /// RFC 9112 §3.2.2: a server accepts `http://authority/path`, and goes by the path.
    private static func originOfAbsoluteForm(_ target: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Int {
        for scheme in ["http://", "https://"] {
            let prefix = Array(scheme.utf8)
            guard target.count > prefix.count, zip(target, prefix).allSatisfy({ ($0 | 0x20) == ($1 | 0x20) }) else { continue }
            guard let path = target[prefix.count...].firstIndex(of: slash), path > prefix.count else { throw .malformed }
            return path
        }
        throw .malformed
    }

    private static func check(_ segment: Slice<UnsafeBufferPointer<UInt8>>) throws(Refusal) {
        if segment.isEmpty { throw .nothingThere }
        try checkLast(segment)
    }

    private static func checkLast(_ segment: some Collection<UInt8>) throws(Refusal) {
        guard segment.count <= 2, let first = segment.first, first == dot else { return }
        if segment.allSatisfy({ $0 == dot }) { throw .nothingThere }
    }

    private static func unescape(_ path: UnsafeBufferPointer<UInt8>) throws(Refusal) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.count)
        var index = 0
        while index < path.count {
            var byte = path[index]
            index += 1
            if byte == percent {
                guard index + 1 < path.count, let high = hex(path[index]), let low = hex(path[index + 1]) else {
                    throw .malformed
                }
                byte = high << 4 | low
                index += 2
                // The characters that no path of content has, and which others have taken for separators.
                if byte < 0x20 || byte == 0x7F { throw .malformed }
                if byte == slash || byte == UInt8(ascii: "\\") { throw .nothingThere }
            }
            bytes.append(byte)
        }
        for segment in bytes.split(separator: slash) { try checkLast(segment) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        return text
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    /// A path as it may stand in a `Location` header: everything but unreserved characters and slashes is escaped.
    static func encode(_ path: String) -> String {
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, dot, slash,
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: ","),
                UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "@"):
                bytes.append(byte)
            default: bytes += [percent, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
    private static let slash = UInt8(ascii: "/")
    private static let percent = UInt8(ascii: "%")
    private static let dot = UInt8(ascii: ".")
}
