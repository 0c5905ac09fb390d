/// What a `Range` header asks for (RFC 9110 §14.2).
enum RangeRequest: Hashable {
    /// There is no range, or none that must be honoured: send the whole.
    case whole
    /// One or more parts, each within the size and none overlapping another.
    case parts([Range<Int64>])
    /// Nothing that was asked for exists.
    case unsatisfiable

    /// More ranges than this are an attack on the server, not a wish: the header is ignored, as §14.2 allows.
    static let most = 100

    /// Reads a `Range` header for a representation of a known size.
    ///
    /// A malformed header, an unknown unit and too many ranges are ignored. Ranges that overlap or touch are joined, in
    /// ascending order; ranges apart keep the order in which they were asked for.
    init(_ header: some StringProtocol, size: Int64) {
        guard let specifiers = Self.specifiers(header) else {
            self = .whole
            return
        }
        let ranges = specifiers.compactMap { $0.resolve(size) }
        guard !ranges.isEmpty else {
            self = .unsatisfiable
            return
        }
        let joined = Self.join(ranges)
        self = .parts(joined.count == ranges.count ? ranges : joined)
    }

    private enum Specifier {
        case from(Int64, through: Int64?)
        case last(Int64)

        func resolve(_ size: Int64) -> Range<Int64>? {
            switch self {
            case .from(let first, let last):
                guard first < size else { return nil }
                return first..<(min(last ?? .max, size - 1) + 1)
            case .last(let count):
                guard count > 0, size > 0 else { return nil }
                return max(0, size - count)..<size
            }
        }
    }

    /// Nil when the header is to be ignored.
    private static func specifiers(_ header: some StringProtocol) -> [Specifier]? {
        let bytes = Array(header.utf8)
        let unit = Array("bytes=".utf8)
        guard bytes.count > unit.count, zip(bytes, unit).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else { return nil }
        var specifiers: [Specifier] = []
        for element in bytes[unit.count...].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let text = trim(element)
            // A list may have empty elements (RFC 9110 §5.6.1.2).
            if text.isEmpty { continue }
            guard specifiers.count < most, let specifier = specifier(text) else { return nil }
            specifiers.append(specifier)
        }
        return specifiers.isEmpty ? nil : specifiers
    }

    private static func specifier(_ text: ArraySlice<UInt8>) -> Specifier? {
        guard let dash = text.firstIndex(of: UInt8(ascii: "-")) else { return nil }
        let (left, right) = (text[..<dash], text[(dash + 1)...])
        switch (left.isEmpty, right.isEmpty) {
        case (true, true): return nil
        case (true, false): return number(right).map { .last($0) }
        case (false, true): return number(left).map { .from($0, through: nil) }
        case (false, false):
            guard let first = number(left), let last = number(right), first <= last else { return nil }
            return .from(first, through: last)
        }
    }

    /// Digits; a number too large for 64 bits is as good as the largest.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var number: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            let (tens, first) = number.multipliedReportingOverflow(by: 10)
            let (sum, second) = tens.addingReportingOverflow(Int64(digit - 0x30))
            number = first || second || number == .max ? .max : sum
        }
        return number
    }

    private static func trim(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let byte = text.first, byte == 0x20 || byte == 0x09 { text.removeFirst() }
        while let byte = text.last, byte == 0x20 || byte == 0x09 { text.removeLast() }
        return text
    }

    private static func join(_ ranges: [Range<Int64>]) -> [Range<Int64>] {
        guard ranges.count > 1 else { return ranges }
        var joined: [Range<Int64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }
}
