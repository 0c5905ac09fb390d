public import PulpCore

/// One file of a repository: a path and the digest of what is there.
public struct FileContent: ContentUnit {
    public var relativePath: RelativePath
    public var digest: SHA256Digest

    public init() { (relativePath, digest) = (.placeholder, .ofNothing) }

    public init(relativePath: RelativePath, digest: SHA256Digest) {
        (self.relativePath, self.digest) = (relativePath, digest)
    }

    public var naturalKey: [String] { [digest.hex, relativePath.description] }
    public var repositoryKey: [String] { [relativePath.description] }
    public static let isProtectedFromReclaim = false

    public static let schema = Schema<Self>(
        .content, "file.file", model: "file.filecontent", path: "file/files", "A file."
    ) {
        Field(
            "relative_path", \.relativePath, "Path where the artifact is located relative to distributions base_path", .required,
            lookups: .text)
        Field("sha256", \.digest, "The SHA-256 checksum if available.", .readOnly, lookups: .exact)
    }
}
