/// The media type of a file, by the end of its name.
enum ContentType {
    /// `application/octet-stream` when the name says nothing.
    static func of(_ name: String) -> StaticString {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return binary }
        return table[name[name.index(after: dot)...].lowercased()] ?? binary
    }

    static let binary: StaticString = "application/octet-stream"

    private static let table: [String: StaticString] = [
        "asc": "text/plain; charset=utf-8",
        "bz2": "application/x-bzip2",
        "conf": "text/plain; charset=utf-8",
        "crt": "application/x-x509-ca-cert",
        "css": "text/css; charset=utf-8",
        "csv": "text/csv; charset=utf-8",
        "ddeb": "application/vnd.debian.binary-package",
        "deb": "application/vnd.debian.binary-package",
        "drpm": "application/x-rpm",
        "dsc": "text/plain; charset=utf-8",
        "gif": "image/gif",
        "gpg": "application/pgp-keys",
        "gz": "application/gzip",
        "htm": "text/html; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "ico": "image/vnd.microsoft.icon",
        "iso": "application/x-iso9660-image",
        "jar": "application/java-archive",
        "jpeg": "image/jpeg",
        "jpg": "image/jpeg",
        "js": "text/javascript; charset=utf-8",
        "json": "application/json",
        "key": "application/pgp-keys",
        "log": "text/plain; charset=utf-8",
        "lzma": "application/x-lzma",
        "md": "text/markdown; charset=utf-8",
        "pdf": "application/pdf",
        "pem": "application/x-pem-file",
        "png": "image/png",
        "repo": "text/plain; charset=utf-8",
        "rpm": "application/x-rpm",
        "sig": "application/pgp-signature",
        "sqlite": "application/vnd.sqlite3",
        "svg": "image/svg+xml",
        "tar": "application/x-tar",
        "tgz": "application/gzip",
        "treeinfo": "text/plain; charset=utf-8",
        "txt": "text/plain; charset=utf-8",
        "txz": "application/x-xz",
        "udeb": "application/vnd.debian.binary-package",
        "wasm": "application/wasm",
        "whl": "application/zip",
        "xml": "application/xml",
        "xz": "application/x-xz",
        "yaml": "application/yaml",
        "yml": "application/yaml",
        "zck": "application/x-zchunk",
        "zip": "application/zip",
        "zst": "application/zstd",
    ]
}
