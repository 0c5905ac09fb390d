internal import NIOCore
public import PulpCore

/// One line of a manifest: `path,sha256,size`. The path may hold commas; the line is split from its right.
public struct ManifestEntry: Hashable, Sendable {
    public let path: RelativePath
    public let digest: SHA256Digest
    public let size: Int64

    public init(path: RelativePath, digest: SHA256Digest, size: Int64) {
        (self.path, self.digest, self.size) = (path, digest, size)
    }

    /// Reads a line.
    /// - Parameter number: the line's, for messages.
    /// - Throws: ``PulpError`` that names the line and what is wrong with it.
    public init(line: String, number: Int) throws(PulpError) {
        func refused(_ why: String) -> PulpError { PulpError(.invalid, "line \(number) of the manifest: \(why)") }
        // By bytes: characters cost a quarter of a large sync.
        let comma = UInt8(ascii: ",")
        guard let last = line.utf8.lastIndex(of: comma), let middle = line.utf8[..<last].lastIndex(of: comma) else {
            throw refused("expected \"path,sha256,size\"")
        }
        guard let size = Int64(Self.trimmed(line[line.utf8.index(after: last)...])), size >= 0 else {
            throw refused("the size is no number of bytes")
        }
        do { path = try RelativePath(String(line[..<middle])) } catch { throw refused("\(error)") }
        do throws(InvalidField) {
            digest = try SHA256Digest(hex: Self.trimmed(line[line.utf8.index(after: middle)..<last]))
        } catch {
            throw refused(error.message)
        }
        self.size = size
    }

    /// A field without the spaces around it.
    private static func trimmed(_ field: Substring) -> String {
        let space = UInt8(ascii: " ")
        guard let first = field.utf8.firstIndex(where: { $0 != space }), let last = field.utf8.lastIndex(where: { $0 != space })
        else { return "" }
        return String(field[first...last])
    }

    /// The line, with its end.
    public var line: String { "\(path),\(digest),\(size)\n" }
}

/// Reads a manifest that was downloaded, line by line, in chunks: memory does not grow with it.
struct ManifestEntries: AsyncSequence, Sendable {
    typealias Element = DeclaredUnit<FileContent>

    let staged: any StagedArtifact
    let size: Int64
    /// Where paths of the manifest are to be had.
    let base: RemoteURL

    func makeAsyncIterator() -> Iterator { Iterator(source: self) }

    struct Iterator: AsyncIteratorProtocol {
        let source: ManifestEntries
        private var offset: Int64 = 0
        private var lines = LineBuffer()
        private var number = 0

        init(source: ManifestEntries) { self.source = source }

        mutating func next() async throws -> DeclaredUnit<FileContent>? {
            while true {
                if let line = try lines.next() {
                    number += 1
                    guard !line.isEmpty else { continue }
                    return source.unit(of: try ManifestEntry(line: line, number: number))
                }
                if offset == source.size { return nil }
                let chunk = try await source.staged.read(offset..<Swift.min(offset + 256 << 10, source.size))
                guard chunk.readableBytes > 0 else { throw PulpError(.internal, "the manifest ends before its end") }
                offset += Int64(chunk.readableBytes)
                lines.append(chunk.readableBytesView, isLast: offset == source.size)
            }
        }
    }

    private func unit(of entry: ManifestEntry) -> DeclaredUnit<FileContent> {
        DeclaredUnit(
            FileContent(relativePath: entry.path, digest: entry.digest),
            files: [
                DeclaredFile(
                    url: base.appending(entry.path), relativePath: entry.path, size: entry.size, digests: [.sha256: entry.digest.hex])
            ])
    }
}

/// Cuts bytes that come in chunks into lines.
struct LineBuffer: Sendable {
    /// Longer lines hold no path that could be kept.
    static let limit = 16_384

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

    /// The next whole line, without its end; nil when more bytes are needed, or none are left.
    /// - Throws: ``PulpError`` for a line that is too long or not UTF-8.
    mutating func next() throws(PulpError) -> String? {
        guard start < bytes.count else { return nil }
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
        guard (end ?? bytes.count) - start <= Self.limit else {
            throw PulpError(.invalid, "line \(count + 1) of the manifest is longer than \(Self.limit) bytes")
        }
        guard end != nil || isLast else { return nil }
        var line = bytes[start..<(end ?? bytes.count)]
        start = end.map { $0 + 1 } ?? bytes.count
        count += 1
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard let text = String(validating: line, as: UTF8.self) else {
            throw PulpError(.invalid, "line \(count) of the manifest is not UTF-8")
        }
        return text
    }
}
