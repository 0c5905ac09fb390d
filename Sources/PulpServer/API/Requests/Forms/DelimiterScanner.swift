import Glibc
import NIOCore

/// Cuts bytes, which come in pieces, at a form's delimiter: CR, LF, two dashes and the boundary.
///
/// Nothing is copied: what is handed over are slices of what came. At the end of a piece the beginning of a delimiter may be held
/// back, as a number alone. A delimiter has its CR at its start and no other, so once it is seen that what was held back is no
/// delimiter's beginning, it is known that none begins inside it either.
struct DelimiterScanner: Sendable {
    private let delimiter: [UInt8]
    private let bytes: ByteBuffer
    /// How much of a delimiter was read.
    private var matched = 0
    /// How much of that did not stand in the input.
    private var assumed = 0

    enum Piece: Hashable {
        /// Bytes before a delimiter, or perhaps of one that follows.
        case bytes(ByteBuffer)
        /// A whole delimiter was read.
        case delimiter
        /// The input is used up.
        case more
    }

    init(_ boundary: FormBoundary) {
        delimiter = Array("\r\n--\(boundary.text)".utf8)
        bytes = ByteBuffer(bytes: delimiter)
    }

    /// Takes the line before for ended: the next bytes may be a delimiter without its CR and LF.
    mutating func beginLine() { (matched, assumed) = (2, 2) }

    /// Reads on.
    mutating func next(_ input: inout ByteBuffer) -> Piece {
        guard input.readableBytes > 0 else { return .more }
        if matched > 0 {
            let count = min(delimiter.count - matched, input.readableBytes)
            let goesOn = input.withUnsafeReadableBytes { $0.prefix(count).elementsEqual(delimiter[matched..<matched + count]) }
            if goesOn { return take(count, of: &input) }
            let held = bytes.getSlice(at: bytes.readerIndex + assumed, length: matched - assumed)
            (matched, assumed) = (0, 0)
            if let held, held.readableBytes > 0 { return .bytes(held) }
        }
        let (start, count) = input.withUnsafeReadableBytes { find(in: $0) }
        if start == 0 { return take(count, of: &input) }
        return input.readSlice(length: start).map(Piece.bytes) ?? .more
    }

    private mutating func take(_ count: Int, of input: inout ByteBuffer) -> Piece {
        input.moveReaderIndex(forwardBy: count)
        matched += count
        guard matched == delimiter.count else { return .more }
        (matched, assumed) = (0, 0)
        return .delimiter
    }

    /// Where the first delimiter is, or the beginning of one at the very end, and how much of it is there; the end where there is none.
    private func find(in input: UnsafeRawBufferPointer) -> (start: Int, count: Int) {
        guard let base = input.baseAddress else { return (0, 0) }
        let bytes = base.assumingMemoryBound(to: UInt8.self)
        let end = input.count
        return delimiter.withUnsafeBytes { delimiter in
            guard let wanted = delimiter.baseAddress else { return (end, 0) }
            var start = 0
            while let found = memchr(base + start, 0x0D, end - start) {
                start = UnsafeRawPointer(found) - base
                let count = min(delimiter.count, end - start)
                // Most candidates end here, without a call.
                if count < 3 || bytes[start + 1] == 0x0A && bytes[start + 2] == 0x2D, memcmp(base + start, wanted, count) == 0 {
                    return (start, count)
                }
                repeat { start += 1 } while end - start > 1 && bytes[start] == 0x0D && bytes[start + 1] != 0x0A
            }
            return (end, 0)
        }
    }
}
