import NIOCore
import NIOPosix
import NIOSSL

/// A client that sends exactly the bytes it is told to, and reads what comes.
final class RawClient {
    struct Response {
        var status = 0
        var fields: [(name: String, value: String)] = []
        var body: [UInt8] = []
        subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    enum Ending: Equatable { case closed, reset }

    struct Incomplete: Error, CustomStringConvertible {
        let description: String
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

    let channel: any Channel
    private var incoming: AsyncThrowingStream<ByteBuffer, any Error>.AsyncIterator
    private var buffer: [UInt8] = []

    /// - Parameters:
    ///   - window: the size of the receive buffer, for a client that is slow.
    ///   - tls: trusts whatever certificate the server has, and speaks TLS to it.
    ///   - newest: the newest version of TLS that it speaks, down to 1.0.
    init(port: Int, window: Int? = nil, tls: Bool = false, atMost newest: TLSVersion? = nil) async throws {
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

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }
    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
    func endInput() async throws { try await channel.close(mode: .output) }
    func close() async throws { try await channel.close() }

    func get(
        _ target: String, method: String = "GET", _ fields: [String] = [], version: String = "1.1"
    ) async throws -> Response {
        try await send("\(method) \(target) HTTP/\(version)\r\n" + (["Host: x"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        return try await response(to: method)
    }

    /// Reads one response, whole.
    func response(to method: String = "GET") async throws -> Response {
        var response = try await head()
        if method == "HEAD" || response.status == 304 { return response }
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

    func head() async throws -> Response {
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
    func ending() async -> Ending {
        do {
            while try await more() {}
            return .closed
        } catch {
            return .reset
        }
    }

    /// How many bytes came that no response took.
    var leftover: Int { buffer.count }

    func take(_ count: Int) async throws -> [UInt8] {
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
