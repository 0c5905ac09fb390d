internal import NIOCore

/// The lines of a finished staged artifact: an index that lists a remote's units.
///
/// They are read in chunks, so memory does not grow with their number.
public struct StagedLines: AsyncSequence, Sendable {
    /// One line.
    public struct Line: Sendable, Hashable {
        /// Its place, from 1.
        public let number: Int
        /// What it says, without its end.
        public let text: String
    }

    /// The most bytes that a line may have.
    public static let limit = 16_384

    private let staged: any StagedArtifact
    private let size: Int64

    /// - Parameter size: the artifact's.
    public init(of staged: any StagedArtifact, size: Int64) { (self.staged, self.size) = (staged, size) }

    /// Reads from the first line.
    public func makeAsyncIterator() -> Iterator { Iterator(staged: staged, size: size) }

    /// Reads one line after the other.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let staged: any StagedArtifact
        fileprivate let size: Int64
        private var offset: Int64 = 0
        private var buffer = LineBuffer()

        fileprivate init(staged: any StagedArtifact, size: Int64) { (self.staged, self.size) = (staged, size) }

        /// - Throws: ``PulpError`` for a line that is too long or not UTF-8; it names the line.
        public mutating func next() async throws -> Line? {
            while true {
                if let line = try buffer.next() { return line }
                if offset == size { return nil }
                let chunk = try await staged.read(offset..<Swift.min(offset + 256 << 10, size))
                guard chunk.readableBytes > 0 else { throw PulpError(.internal, "a staged artifact ends before its end") }
                offset += Int64(chunk.readableBytes)
                buffer.append(chunk.readableBytesView, isLast: offset == size)
            }
        }
    }
}

/// Cuts bytes that come in chunks into lines.
struct LineBuffer: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0
    private var isLast = false
    private var count = 0

    mutating func append(_ chunk: some Collection<UInt8>, isLast: Bool) {
        bytes.removeSubrange(..<start)
        start = 0
        bytes += chunk
        self.isLast = isLast
    }

    /// The next whole line; nil when more bytes are needed, or none are left.
    mutating func next() throws(PulpError) -> StagedLines.Line? {
        guard start < bytes.count else { return nil }
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
        guard (end ?? bytes.count) - start <= StagedLines.limit else {
            throw PulpError(.invalid, "line \(count + 1) is longer than \(StagedLines.limit) bytes")
        }
        guard end != nil || isLast else { return nil }
        var line = bytes[start..<(end ?? bytes.count)]
        start = end.map { $0 + 1 } ?? bytes.count
        count += 1
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard let text = String(validating: line, as: UTF8.self) else {
            throw PulpError(.invalid, "line \(count) is not UTF-8")
        }
        return StagedLines.Line(number: count, text: text)
    }
}

extension StagedArtifact {
    /// Appends text, as UTF-8.
    public func write(_ text: String) async throws {
        try await write(ByteBuffer(string: text))
    }
}
