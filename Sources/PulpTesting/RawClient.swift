public import NIOCore
internal import NIOPosix
public import NIOSSL

/// An HTTP client on the loopback interface that sends exactly the bytes it is told to, and reads what comes.
///
/// ```swift
/// let client = try await RawClient(port: port)
/// let response = try await client.get("/pulp/content/a/PULP_MANIFEST")
/// ```
public final class RawClient {
    /// What a server answered.
    public struct Response: Sendable {
        /// The number in the status line.
        public var status = 0
        /// The header fields, as they came.
        public var fields: [(name: String, value: String)] = []
        /// The whole body.
        public var body: [UInt8] = []
        /// The first value of a header field, whatever the case of its name.
        public subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
        /// The body as text.
        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// How a server ended a connection.
    public enum Ending: Equatable { case closed, reset }

    /// A response that ended before its end, or that is none.
    public struct Incomplete: Error, CustomStringConvertible {
        /// What was missing.
        public let description: String
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let continuation: AsyncThrowingStream<ByteBuffer, any Error>.Continuation
        init(_ continuation: AsyncThrowingStream<ByteBuffer, any Error>.Continuation) { self.continuation = continuation }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }
        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case ChannelEvent.inputClosed = event else { return }
            continuation.finish()
            context.close(promise: nil)
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { continuation.finish(throwing: error) }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    }

    /// The connection.
    public let channel: any Channel
    private var incoming: AsyncThrowingStream<ByteBuffer, any Error>.AsyncIterator
    private var buffer: [UInt8] = []

    /// Connects.
    /// - Parameters:
    ///   - window: the size of the receive buffer, for a client that is slow.
    ///   - tls: trusts whatever certificate the server has, and speaks TLS to it.
    ///   - newest: the newest version of TLS that it speaks, down to 1.0.
    public init(port: Int, window: Int? = nil, tls: Bool = false, atMost newest: TLSVersion? = nil) async throws {
        let (stream, continuation) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if tls {
                        var configuration = TLSConfiguration.makeClientConfiguration()
                        configuration.certificateVerification = .none
                        (configuration.minimumTLSVersion, configuration.maximumTLSVersion) = (.tlsv1, newest)
                        let context = try NIOSSLContext(configuration: configuration)
                        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
        if let window { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: window) }
        channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        incoming = stream.makeAsyncIterator()
    }

    /// Sends text as it is.
    public func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }
    /// Sends bytes as they are.
    public func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
    /// Says that nothing more will be sent; answers may still come.
    public func endInput() async throws { try await channel.close(mode: .output) }
    /// Ends the connection.
    public func close() async throws { try await channel.close() }

    /// Sends a request and reads the response, whole.
    /// - Throws: ``Incomplete`` when less came than was announced, and the error of a connection that broke.
    public func get(
        _ target: String, method: String = "GET", _ fields: [String] = [], version: String = "1.1"
    ) async throws -> Response {
        try await send("\(method) \(target) HTTP/\(version)\r\n" + (["Host: x"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        return try await response(to: method)
    }

    /// Reads one response, whole.
    public func response(to method: String = "GET") async throws -> Response {
        var response = try await head()
        if method == "HEAD" || response.status == 304 || response.status == 204 { return response }
        if let length = response["Content-Length"].flatMap({ Int($0) }) {
            response.body = try await take(length)
        } else if response["Transfer-Encoding"] == "chunked" {
            while true {
                let size = Int(try await line(), radix: 16) ?? 0
                response.body += try await take(size)
                _ = try await line()
                if size == 0 { break }
            }
        } else {
            while try await more() {}
            (response.body, buffer) = (buffer, [])
        }
        return response
    }

    /// Reads the head of a response: its body is empty yet.
    public func head() async throws -> Response {
        var response = Response()
        let parts = try await line().split(separator: " ")
        guard parts.count >= 2, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else {
            throw Incomplete(description: "no status line: \(parts)")
        }
        response.status = status
        while true {
            let line = try await line()
            if line.isEmpty { return response }
            guard let colon = line.firstIndex(of: ":") else { throw Incomplete(description: "no field: \(line)") }
            response.fields.append(
                (String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " })))
        }
    }

    /// Reads until the server ends the connection.
    public func ending() async -> Ending {
        do {
            while try await more() {}
            return .closed
        } catch {
            return .reset
        }
    }

    /// How many bytes came that no response took.
    public var leftover: Int { buffer.count }

    /// Reads so many bytes.
    public func take(_ count: Int) async throws -> [UInt8] {
        while buffer.count < count {
            guard try await more() else { throw Incomplete(description: "\(count) bytes wanted, got \(buffer.count)") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func line() async throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = buffer[..<end]
                guard line.last == 0x0D else { throw Incomplete(description: "a line without CR") }
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: line.dropLast(), as: UTF8.self)
            }
            guard try await more() else { throw Incomplete(description: "the connection ended in a head") }
        }
    }

    private func more() async throws -> Bool {
        guard let bytes = try await incoming.next(isolation: nil) else { return false }
        buffer += bytes.readableBytesView
        return true
    }
}
