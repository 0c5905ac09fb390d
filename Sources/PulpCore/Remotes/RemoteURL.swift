/// A remote's URL, taken apart and found harmless: `http`, `https` or `file`, a host where one is needed, no credentials, no
/// white space, no control characters.
///
/// The parser is small and strict on purpose: what it accepts, every part of a download understands in the same way.
public struct RemoteURL: Sendable, Hashable, CustomStringConvertible {
    /// The kinds of URL that Pulp fetches.
    public enum Scheme: String, Sendable { case http, https, file }

    /// The URL as it was written.
    public let description: String
    /// How to fetch.
    public let scheme: Scheme
    /// The host in lower case, without brackets; empty for `file`.
    public let host: String
    /// The port, where the URL names one.
    public let port: Int?
    /// The decoded path of a `file` URL; else the path as it is written.
    public let path: String
    /// What follows the question mark, as it is written; nil where there is none.
    public let query: String?

    /// - Throws: ``InvalidField`` in words for who wrote the URL.
    public init(_ text: String) throws(InvalidField) {
        try Self.checkBytes(of: text)
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw InvalidField("Enter a valid URL.") }
        let name = text[..<colon].lowercased()
        guard Self.isScheme(name) else { throw InvalidField("Enter a valid URL.") }
        guard let scheme = Scheme(rawValue: name) else {
            throw InvalidField("The URL scheme '\(name.prefix(40))' is not supported; use http, https or file.")
        }
        let rest = text[text.utf8.index(after: colon)...]
        guard rest.utf8.starts(with: "//".utf8) else { throw InvalidField("Enter a valid URL.") }
        let bare = rest.dropFirst(2).prefix { $0 != "#" }
        let authority = bare.prefix { $0 != "/" && $0 != "?" }
        let target = bare[authority.endIndex...]
        let path = target.prefix { $0 != "?" }

        guard !authority.utf8.contains(UInt8(ascii: "@")) else {
            throw InvalidField("The URL must not contain credentials; use 'username' and 'password'.")
        }
        let (host, port) = try Self.hostAndPort(authority)
        if scheme == .file {
            guard host.isEmpty || host == "localhost", port == nil, let decoded = Self.decoded(path),
                decoded.utf8.first == UInt8(ascii: "/")
            else { throw InvalidField("A file URL needs an absolute path and no host.") }
            guard !decoded.utf8.contains(0) else { throw InvalidField("The URL must not contain control characters.") }
            self.path = decoded
        } else {
            guard !host.isEmpty else { throw InvalidField("The URL needs a host.") }
            self.path = path.isEmpty ? "/" : String(path)
        }
        description = text
        self.scheme = scheme
        self.host = scheme == .file ? "" : host
        self.port = port
        query = path.endIndex < target.endIndex ? String(target[path.endIndex...].dropFirst()) : nil
    }

    static func check(_ text: String) throws(InvalidField) { _ = try RemoteURL(text) }

    /// Checks the URL of a proxy.
    package static func checkProxy(_ text: String) throws(InvalidField) {
        guard try RemoteURL(text).scheme != .file else { throw InvalidField("A proxy's URL is http or https.") }
    }

    /// The URL of a path below this URL's folder, each segment percent-encoded.
    ///
    /// The folder is the URL itself when it ends in a slash, else what stands before its last slash, as RFC 3986 §5.2 has it.
    public func appending(_ path: RelativePath) -> String {
        folder + PercentEncoding.path(path.description)
    }

    /// The URL up to its last slash, without query and fragment.
    public var folder: String {
        let bare = description.prefix { $0 != "?" && $0 != "#" }
        let start = bare.index(bare.startIndex, offsetBy: scheme.rawValue.count + 3)
        guard let slash = bare[start...].lastIndex(of: "/") else { return bare + "/" }
        return String(bare[...slash])
    }

    /// The port that is meant where none is written.
    var effectivePort: Int { port ?? (scheme == .https ? 443 : 80) }

    /// Whether the host is written as a number, in one of the forms that need no resolver.
    var literalAddress: IPAddress? { IPAddress(host) }

    /// The scheme, host and port, spelled in one way.
    package var origin: String {
        let written = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return "\(scheme.rawValue)://\(written)" + (port.map { ":\($0)" } ?? "")
    }

    /// The URL as it is sent: origin in one spelling, no fragment, and nothing unencoded that HTTP cannot carry.
    var request: String {
        let target = query.map { "\(path)?\($0)" } ?? path
        return origin + PercentEncoding.repaired(target)
    }

    /// The URL for messages and logs: what stands in a query may be a secret.
    public var redacted: String { origin + path + (query == nil ? "" : "?…") }

    /// Any text that may be a URL, fit for messages: without credentials and query.
    static func redacted(_ text: String) -> String {
        if let url = try? RemoteURL(text) { return url.redacted }  // What is no URL is redacted below.
        var bare = String(text.prefix { $0 != "?" && $0 != "#" }.prefix(300))
        if let mark = bare.firstRange(of: "//") {
            let authority = bare[mark.upperBound...].prefix { $0 != "/" }
            if let at = authority.lastIndex(of: "@") { bare.removeSubrange(mark.upperBound...at) }
        }
        return bare.debugDescription
    }
}

extension RemoteURL {
    private static func checkBytes(of text: String) throws(InvalidField) {
        let bytes = text.utf8
        guard bytes.count <= 8192 else { throw InvalidField("The URL is longer than 8192 bytes.") }
        guard let first = bytes.first, let last = bytes.last else { throw InvalidField("Enter a valid URL.") }
        guard first > 0x20, last > 0x20 else {
            throw InvalidField("The URL must not contain leading or trailing whitespace.")
        }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw InvalidField("The URL must not contain whitespace or control characters.")
        }
    }

    private static func isScheme(_ name: String) -> Bool {
        guard let first = name.utf8.first, (0x61...0x7A).contains(first) else { return false }
        return name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E].contains($0)
        }
    }

    private static func hostAndPort(_ authority: Substring) throws(InvalidField) -> (String, Int?) {
        var rest = authority
        let host: Substring
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { throw InvalidField("Enter a valid URL.") }
            host = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            guard !host.contains("%") else { throw InvalidField("The URL must not name an IPv6 zone.") }
            guard case .v6? = IPAddress(String(host)) else { throw InvalidField("The URL's host is no IPv6 address.") }
        } else {
            host = rest.prefix { $0 != ":" }
            rest = rest[host.endIndex...]
            // Other spellings (percent-encoded, international) could be read differently by who checks and by who connects.
            let isName = host.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || [0x2D, 0x2E, 0x5F].contains($0)
            }
            guard isName, host.utf8.count <= 255 else {
                throw InvalidField("The URL's host may have letters, digits, '.', '-' and '_' only.")
            }
        }
        if rest.isEmpty { return (host.lowercased(), nil) }
        let digits = rest.dropFirst()
        guard rest.first == ":", digits.utf8.count <= 5, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw InvalidField("Enter a valid URL.")
        }
        if digits.isEmpty { return (host.lowercased(), nil) }
        guard let port = Int(digits), (1...65535).contains(port) else { throw InvalidField("The port is out of range.") }
        return (host.lowercased(), port)
    }

    private static func decoded(_ path: Substring) -> String? {
        guard let bytes = PercentEncoding.decoded(path.utf8) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
