import Foundation

/// Where a server listens: `127.0.0.1:24816`, `[::1]:24816`, `*:24816`.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address, without brackets; `0.0.0.0` for `*`.
    public let host: String
    /// The port; 0 for a free one.
    public let port: Int

    /// Reads a host, a colon and a port; nil for anything else.
    ///
    /// `*` stands for every address of the machine; port 0 for a free one.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x2F }) else { return nil }
        (self.host, self.port) = (host == "*" ? "0.0.0.0" : host, Int(port))
    }

    /// An address under which clients find what listens here: an address that stands for all of the machine's is none, and its
    /// name takes its place.
    var reachable: String {
        host == "0.0.0.0" || host == "::" ? "\(ProcessInfo.processInfo.hostName):\(port)" : description
    }

    /// The address as it is written, with an IPv6 address in brackets.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
