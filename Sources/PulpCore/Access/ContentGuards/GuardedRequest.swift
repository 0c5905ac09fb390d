/// What a client shows besides a path, in the hope of being let in.
public struct ClientCredentials: Sendable {
    /// The header fields, as they came and in their order.
    public var headers: [(name: String, value: String)]
    /// What follows the question mark, still encoded; empty when nothing does.
    public var query: String

    /// What came with a request.
    public init(headers: [(name: String, value: String)] = [], query: String = "") { (self.headers, self.query) = (headers, query) }

    /// What somebody shows who shows nothing.
    public static let none = Self()

    /// The values of a header field, whatever the case of its name.
    public func values(of header: String) -> [String] {
        headers.filter { $0.name.utf8.elementsEqual(header.utf8) { Self.lowered($0) == Self.lowered($1) } }.map(\.value)
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}

/// A request for something that is guarded, as guards see it.
public struct GuardedRequest: Sendable {
    /// The decoded path, with the content path prefix.
    public var path: String
    /// What the client shows.
    public var credentials: ClientCredentials
    /// When it asks.
    public var moment: Timestamp

    /// A request, now unless something else is said.
    public init(path: String, _ credentials: ClientCredentials = .none, at moment: Timestamp = .now) {
        (self.path, self.credentials, self.moment) = (path, credentials, moment)
    }
}

/// What a guard says to a request.
public enum GuardVerdict: Sendable, Hashable {
    case permitted
    /// With the reason, for the client.
    case denied(String)
}
