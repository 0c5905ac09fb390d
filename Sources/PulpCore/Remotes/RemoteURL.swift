internal import Foundation

/// A remote's URL, taken apart and found harmless: `http`, `https` or `file`, a host where one is needed, no credentials, no
/// white space, no control characters.
public struct RemoteURL: Sendable, Hashable, CustomStringConvertible {
    public enum Scheme: String, Sendable { case http, https, file }

    public let description: String
    public let scheme: Scheme
    /// The host in lower case, without brackets; empty for `file`.
    public let host: String
    public let port: Int?
    /// The decoded path of a `file` URL; else the path as it is written.
    public let path: String

    /// - Throws: ``InvalidField`` in words for who wrote the URL.
    public init(_ text: String) throws(InvalidField) {
        guard text == text.trimmingCharacters(in: .whitespacesAndNewlines) else {
            throw InvalidField("The URL must not contain leading or trailing whitespace.")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), text.utf8.count <= 8192 else {
            throw InvalidField("The URL must not contain whitespace or control characters.")
        }
        guard let parts = URLComponents(string: text), let name = parts.scheme?.lowercased() else {
            throw InvalidField("Enter a valid URL.")
        }
        guard let scheme = Scheme(rawValue: name) else {
            throw InvalidField("The URL scheme '\(name)' is not supported; use http, https or file.")
        }
        guard parts.user == nil, parts.password == nil else {
            throw InvalidField("The URL must not contain credentials; use 'username' and 'password'.")
        }
        var host = (parts.host ?? "").lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.contains("%") else { throw InvalidField("The URL must not name an IPv6 zone.") }
        if scheme == .file {
            guard host.isEmpty || host == "localhost", parts.path.hasPrefix("/") else {
                throw InvalidField("A file URL needs an absolute path and no host.")
            }
        } else {
            guard !host.isEmpty else { throw InvalidField("The URL needs a host.") }
            guard parts.port.map({ (1...65535).contains($0) }) ?? true else { throw InvalidField("The port is out of range.") }
        }
        description = text
        self.scheme = scheme
        self.host = scheme == .file ? "" : host
        port = parts.port
        path = scheme == .file ? parts.path : parts.percentEncodedPath
    }

    static func check(_ text: String) throws(InvalidField) { _ = try RemoteURL(text) }

    static func checkProxy(_ text: String) throws(InvalidField) {
        guard try RemoteURL(text).scheme != .file else { throw InvalidField("A proxy's URL is http or https.") }
    }

    /// The URL of a path below this URL's folder. Each segment is percent-encoded.
    ///
    /// The folder is the URL itself when it ends in a slash, else what stands before its last slash, as RFC 3986 §5.2 has it.
    public func appending(_ path: RelativePath) -> String {
        let encoded = path.segments.map { $0.addingPercentEncoding(withAllowedCharacters: .urlSegment) ?? String($0) }
            .joined(separator: "/")
        return folder + encoded
    }

    /// The URL up to its last slash, without query and fragment.
    public var folder: String {
        let bare = description.prefix { $0 != "?" && $0 != "#" }
        let authority = bare.range(of: "://").map { bare[$0.upperBound...] } ?? bare[...]
        guard let slash = authority.lastIndex(of: "/") else { return bare + "/" }
        return String(bare[...slash])
    }
}

extension CharacterSet {
    /// What a path segment may hold unencoded (RFC 3986 §3.3), less what servers are known to mistake.
    fileprivate static let urlSegment = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*,=:@")
}
