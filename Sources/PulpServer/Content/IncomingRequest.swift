import NIOHTTP1
import PulpCore

/// What the content server keeps of a request's head.
struct IncomingRequest {
    enum Method { case get, head, options, other }

    let method: Method
    let methodName: String
    let target: String
    var preconditions = Preconditions()
    var range: String?
    /// Whether another request may follow on the connection.
    var keepsAlive: Bool
    /// HTTP/1.0 knows no chunks.
    let allowsChunks: Bool
    /// The status to refuse the request with, before anybody looks at what it asks for.
    var refusal: ResponseStatus?
    private let headers: HTTPHeaders

    /// The longest request target.
    static let longestTarget = 8 << 10

    init(_ head: HTTPRequestHead) {
        switch head.method {
        case .GET: method = .get
        case .HEAD: method = .head
        case .OPTIONS: method = .options
        default: method = .other
        }
        methodName = head.method.rawValue
        target = head.uri
        headers = head.headers
        keepsAlive = head.isKeepAlive
        allowsChunks = head.version.minor > 0
        var hosts = 0
        // One pass, by length first: a lookup per name would compare each name with each header.
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 4 where Self.same(name, "host"): hosts += 1
            case 5 where Self.same(name, "range"): range = range.map { $0 + "," + value } ?? value
            // The decoder reads nothing behind a request to upgrade, which is not done here.
            case 7 where Self.same(name, "upgrade"): keepsAlive = false
            case 8 where Self.same(name, "if-match"): Self.append(value, to: &preconditions.ifMatch)
            case 8 where Self.same(name, "if-range"): preconditions.ifRange = value
            case 13 where Self.same(name, "if-none-match"): Self.append(value, to: &preconditions.ifNoneMatch)
            case 17 where Self.same(name, "if-modified-since"): preconditions.ifModifiedSince = value
            case 19 where Self.same(name, "if-unmodified-since"): preconditions.ifUnmodifiedSince = value
            default: break
            }
        }
        if head.method == .CONNECT { keepsAlive = false }
        if hosts > 1 || hosts == 0 && allowsChunks {
            refusal = .badRequest
        } else if target.utf8.count > Self.longestTarget {
            refusal = .targetTooLong
        }
        if refusal != nil { keepsAlive = false }
    }

    /// Stands for a request that nobody could read.
    static let unreadable = Self(HTTPRequestHead(version: .http1_0, method: .GET, uri: "", headers: [:]))

    /// Whether nothing but the whole, or a reason why not, can be the answer.
    var isPlainGet: Bool {
        guard method == .get, range == nil else { return false }
        return preconditions == Preconditions()
    }

    /// What content guards look at.
    var credentials: ClientCredentials {
        let query = target.utf8.firstIndex(of: UInt8(ascii: "?")).map { target[target.index(after: $0)...] } ?? ""
        return ClientCredentials(headers: headers.map { ($0.name, $0.value) }, query: String(query))
    }

    private static func append(_ value: String, to list: inout String?) {
        list = list.map { $0 + ", " + value } ?? value
    }

    /// - Precondition: `lowercase` has as many bytes as the name.
    private static func same(_ name: String, _ lowercase: StaticString) -> Bool {
        lowercase.withUTF8Buffer { zip(name.utf8, $0).allSatisfy { $0 | 0x20 == $1 } }
    }
}
