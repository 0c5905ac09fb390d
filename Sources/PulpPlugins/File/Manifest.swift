public import PulpCore

/// One line of a manifest, `path,sha256,size`, which is split from its right, as the path may hold commas.
public struct ManifestEntry: Hashable, Sendable {
    /// Where the file is, below the manifest's folder.
    public let path: RelativePath
    /// What the file's bytes are.
    public let digest: SHA256Digest
    /// In bytes.
    public let size: Int64

    /// A line for a file.
    public init(path: RelativePath, digest: SHA256Digest, size: Int64) {
        (self.path, self.digest, self.size) = (path, digest, size)
    }

    /// Reads a line.
    /// - Throws: ``PulpError`` that says what is wrong with it.
    public init(line: String) throws(PulpError) {
        func refused(_ why: String) -> PulpError { PulpError(.invalid, why) }
        // By bytes: characters cost a quarter of a large sync.
        let comma = UInt8(ascii: ",")
        guard let last = line.utf8.lastIndex(of: comma), let middle = line.utf8[..<last].lastIndex(of: comma) else {
            throw refused(line.hasPrefix("<") ? "this is a page of markup, no manifest" : "expected \"path,sha256,size\"")
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

extension ManifestEntry {
    /// What the line declares.
    /// - Parameter base: where paths of the manifest are to be had.
    func declared(below base: RemoteURL) -> DeclaredUnit<FileContent> {
        let file = DeclaredFile(url: base.appending(path), relativePath: path, size: size, digests: [.sha256: digest.hex])
        return DeclaredUnit(FileContent(relativePath: path, digest: digest), files: [file])
    }
}
