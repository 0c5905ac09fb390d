public import PulpCore

/// One file of a repository: a path and the digest of what is there.
public struct FileContent: ContentUnit {
    /// Where the file is below the distribution.
    public var relativePath: RelativePath
    /// What the file's bytes are.
    public var digest: SHA256Digest

    /// A file without bytes at a path that is not known yet.
    public init() { (relativePath, digest) = (.placeholder, .ofNothing) }

    /// The file at a path, whose bytes have this digest.
    public init(relativePath: RelativePath, digest: SHA256Digest) {
        (self.relativePath, self.digest) = (relativePath, digest)
    }

    /// The digest and the path: the same bytes at two paths are two units.
    public var naturalKey: [String] { [digest.hex, relativePath.description] }
    /// The path: a version has one file at each.
    public var repositoryKey: [String] { [relativePath.description] }
    /// Space can be reclaimed from files.
    public static let isProtectedFromReclaim = false

    /// `file.file`, at `content/file/files`.
    public static let schema = Schema<Self>(
        .content, "file.file", model: "file.filecontent", path: "file/files", "A file."
    ) {
        Field(
            "relative_path", \.relativePath, "Path where the artifact is located relative to distributions base_path", .required,
            lookups: .text)
        Field("sha256", \.digest, "The SHA-256 checksum if available.", .readOnly, lookups: .equality)
    }
}
