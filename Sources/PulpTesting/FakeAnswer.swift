public import NIOCore

/// How a ``FakeRemote`` answers one request: truthfully, or not.
public struct FakeAnswer: Sendable {
    /// What it does with a `Range` header.
    public enum Ranges: Sendable {
        /// As RFC 9110 wants, `If-Range` included.
        case honoured
        /// The whole, with 200.
        case ignored
        /// 206 with the right bytes and this `Content-Range`.
        case mislabelled(String)
        /// 416.
        case refused
    }

    /// How the body ends.
    public enum Ending: Sendable {
        case complete
        /// The connection is reset when so many bytes of the body were sent.
        case reset(after: Int)
        /// So many bytes are sent; the rest when the gate is open.
        case held(after: Int, FakeGate)
        /// The body is repeated until the client goes away.
        case endless
    }

    /// The status of the whole; a range that is honoured has its own.
    public var status: Int
    /// The headers in the order in which they are sent; the length is added to them.
    public var headers: [(name: String, value: String)]
    /// The whole body, of which a range may be sent.
    public var body: ByteBuffer
    /// What it does with a `Range` header; honours it by default.
    public var ranges = Ranges.honoured
    /// How the body ends; completely by default.
    public var ending = Ending.complete
    /// The `Content-Length` that is claimed; nil for the true one.
    public var claimedLength: Int?
    /// Whether the length is not said: the body is chunked.
    public var isChunked = false
    /// What the answer waits for before its head.
    public var gate: FakeGate?

    /// An answer that tells the truth, until it is changed.
    public init(status: Int = 200, headers: [(name: String, value: String)] = [], body: ByteBuffer = ByteBuffer()) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// A file, with an entity tag that fits its bytes.
    public static func file(_ bytes: ByteBuffer, entityTag: String? = nil) -> FakeAnswer {
        let tag = entityTag ?? "\"\(bytes.readableBytesView.reduce(into: UInt64(5381)) { $0 = $0 &* 33 &+ UInt64($1) })\""
        return FakeAnswer(
            headers: [("Content-Type", "application/octet-stream"), ("ETag", tag), ("Accept-Ranges", "bytes")], body: bytes)
    }

    /// A file of text, with an entity tag that fits its bytes.
    public static func file(_ text: String, entityTag: String? = nil) -> FakeAnswer {
        .file(ByteBuffer(string: text), entityTag: entityTag)
    }

    /// A page, as captive portals and error handlers send it.
    public static func page(_ html: String, status: Int = 200) -> FakeAnswer {
        FakeAnswer(status: status, headers: [("Content-Type", "text/html")], body: ByteBuffer(string: html))
    }

    /// An answer without a body, which may say when to come again.
    public static func status(_ status: Int, retryAfter: String? = nil) -> FakeAnswer {
        FakeAnswer(status: status, headers: retryAfter.map { [("Retry-After", $0)] } ?? [])
    }

    /// A redirect; the location is sent as it is given.
    public static func redirect(to location: String, status: Int = 302) -> FakeAnswer {
        FakeAnswer(status: status, headers: [("Location", location)])
    }

    /// The answer, with a body that ends in another way.
    public func ending(_ ending: Ending) -> FakeAnswer {
        var answer = self
        answer.ending = ending
        return answer
    }

    /// The answer, with other manners towards ranges.
    public func ranges(_ ranges: Ranges) -> FakeAnswer {
        var answer = self
        answer.ranges = ranges
        return answer
    }

    /// The answer, without a word on its length, or with a wrong one.
    public func claiming(length: Int?) -> FakeAnswer {
        var answer = self
        (answer.claimedLength, answer.isChunked) = (length, length == nil)
        return answer
    }

    /// The answer, given when a gate is open.
    public func waiting(for gate: FakeGate) -> FakeAnswer {
        var answer = self
        answer.gate = gate
        return answer
    }

    /// The answer, with one more header.
    public func header(_ name: String, _ value: String) -> FakeAnswer {
        var answer = self
        answer.headers.append((name, value))
        return answer
    }
}

/// A request as a ``FakeRemote`` got it.
public struct FakeRequest: Sendable {
    /// The method in capitals: `GET`, `HEAD`.
    public let method: String
    /// The request target as it came: a path with its query, or a whole URL when the remote is used as a proxy.
    public let target: String
    /// The headers in the order in which they came.
    public let headers: [(name: String, value: String)]

    /// The first value of a header.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The target's path, without a proxied URL's origin and without the query.
    public var path: String {
        var rest = target[...]
        if let mark = rest.firstRange(of: "://") {
            rest = rest[mark.upperBound...]
            rest = rest[(rest.firstIndex(of: "/") ?? rest.endIndex)...]
        }
        return String(rest.prefix { $0 != "?" })
    }
}
