import NIOCore
import PulpCore

/// The statuses that the content server answers with.
enum ResponseStatus: Int {
    case ok = 200
    case partialContent = 206
    case movedPermanently = 301
    case found = 302
    case notModified = 304
    case badRequest = 400
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case requestTimeout = 408
    case preconditionFailed = 412
    case contentTooLarge = 413
    case targetTooLong = 414
    case rangeNotSatisfiable = 416
    case headTooLarge = 431
    case internalError = 500
    case badGateway = 502
    case unavailable = 503
    case versionNotSupported = 505

    var reason: StaticString {
        switch self {
        case .ok: "OK"
        case .partialContent: "Partial Content"
        case .movedPermanently: "Moved Permanently"
        case .found: "Found"
        case .notModified: "Not Modified"
        case .badRequest: "Bad Request"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .requestTimeout: "Request Timeout"
        case .preconditionFailed: "Precondition Failed"
        case .contentTooLarge: "Content Too Large"
        case .targetTooLong: "URI Too Long"
        case .rangeNotSatisfiable: "Range Not Satisfiable"
        case .headTooLarge: "Request Header Fields Too Large"
        case .internalError: "Internal Server Error"
        case .badGateway: "Bad Gateway"
        case .unavailable: "Service Unavailable"
        case .versionNotSupported: "HTTP Version Not Supported"
        }
    }
}

/// Writes a response's head straight into bytes: NIO's encoder would want a tree of headers for each of them.
///
/// Values come from this program, from ``RequestPath/encode(_:)`` or from ``field(_:_:)``, which drops what could end a line.
struct ResponseHead {
    private(set) var bytes: ByteBuffer

    /// Begins with the status line and the date.
    /// - Parameter room: how many bytes of body will be appended to the head.
    init(_ status: ResponseStatus, date: String, allocator: ByteBufferAllocator, room: Int = 0) {
        bytes = allocator.buffer(capacity: 512 + room)
        bytes.writeStaticString("HTTP/1.1 ")
        number(status.rawValue)
        bytes.writeStaticString(" ")
        bytes.writeStaticString(status.reason)
        bytes.writeStaticString("\r\nDate: ")
        bytes.writeString(date)
        bytes.writeStaticString("\r\n")
    }

    mutating func field(_ name: StaticString, _ value: StaticString) {
        bytes.writeStaticString(name)
        bytes.writeStaticString(": ")
        bytes.writeStaticString(value)
        bytes.writeStaticString("\r\n")
    }

    mutating func field(_ name: StaticString, _ value: String) {
        bytes.writeStaticString(name)
        bytes.writeStaticString(": ")
        if value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            bytes.writeBytes(value.utf8.filter { $0 >= 0x20 && $0 != 0x7F })
        } else {
            bytes.writeString(value)
        }
        bytes.writeStaticString("\r\n")
    }

    mutating func field(_ name: StaticString, _ value: some BinaryInteger) {
        bytes.writeStaticString(name)
        bytes.writeStaticString(": ")
        number(value)
        bytes.writeStaticString("\r\n")
    }

    /// Fields that were written before.
    mutating func fields(_ lines: ByteBuffer) { bytes.writeImmutableBuffer(lines) }

    /// Ends the head.
    mutating func end(keepsAlive: Bool) {
        bytes.writeStaticString(keepsAlive ? "\r\n" : "Connection: close\r\n\r\n")
    }

    /// The head and what follows it, ready to be sent in one piece.
    mutating func append(_ body: ByteBuffer) { bytes.writeImmutableBuffer(body) }

    private mutating func number(_ value: some BinaryInteger) { bytes.writeString(String(value)) }
}

/// The current date as HTTP writes it, made once in a second; belongs to one event loop.
struct DateClock {
    private(set) var second: Int64 = 0
    private var text = ""

    /// The date now.
    mutating func now() -> String {
        let moment = Timestamp.now
        if moment.wholeSeconds != second {
            second = moment.wholeSeconds
            text = HTTPDate.format(moment)
        }
        return text
    }
}
