import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A proxy before an object store that loses requests and answers as told.
final class LyingStore: Sendable {
    /// What becomes of a request.
    enum Fate: Sendable {
        case forwarded
        /// It never reaches the store.
        case answered(status: Int, xml: String)
        /// The connection is reset when so many bytes of the request's body have come.
        case requestLost(after: Int)
        /// The store carries it out, and nobody hears of it.
        case answerLost
        /// The connection is reset when so many bytes of the answer's body were sent.
        case answerCut(after: Int)
    }

    struct Request: Sendable {
        let method: String
        let target: String
        let headers: HTTPHeaders
    }

    private struct State {
        var requests: [Request] = []
        var judge: @Sendable (Request, Int) -> Fate = { _, _ in .forwarded }
    }

    private let state = Mutex(State())
    private let port = Mutex(0)
    let store: String

    var endpoint: String { "http://127.0.0.1:\(port.withLock { $0 })" }
    var requests: [Request] { state.withLock { $0.requests } }

    private init(_ store: String) { self.store = store }

    /// Says what becomes of requests from now on; the number says how many that are told the same way came before.
    func judge(_ isMeant: @escaping @Sendable (Request) -> Bool, _ fate: @escaping @Sendable (_ earlier: Int) -> Fate) {
        let count = Counter()
        state.withLock { $0.judge = { request, _ in isMeant(request) ? fate(count.next()) : .forwarded } }
    }

    fileprivate func fate(of request: Request) -> Fate {
        let judge = state.withLock { state in
            state.requests.append(request)
            return state.judge
        }
        return judge(request, 0)
    }

    static func with(_ store: String, _ body: (LyingStore) async throws -> Void) async throws {
        let proxy = LyingStore(store)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(LyingHandler(proxy))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        proxy.port.withLock { $0 = listener.localAddress?.port ?? 0 }
        let result: Result<Void, any Error>
        do { result = .success(try await body(proxy)) } catch { result = .failure(error) }
        try await listener.close()
        try result.get()
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}

private final class LyingHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let proxy: LyingStore
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var fate = LyingStore.Fate.forwarded

    init(_ proxy: LyingStore) { self.proxy = proxy }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ByteBuffer()
            fate = proxy.fate(of: .init(method: head.method.rawValue, target: head.uri, headers: head.headers))
        case .body(let bytes):
            body.writeImmutableBuffer(bytes)
            if case .requestLost(let limit) = fate, body.readableBytes >= limit { Self.reset(context.channel) }
        case .end:
            guard let head else { return }
            Self.begin(head, body, fate, proxy, context.channel)
        }
    }

    private static func begin(
        _ head: HTTPRequestHead, _ body: ByteBuffer, _ fate: LyingStore.Fate, _ proxy: LyingStore, _ channel: any Channel
    ) {
        Task { await answer(head, body, fate, proxy, channel) }
    }

    private static func reset(_ channel: any Channel) {
        channel.eventLoop.execute {
            _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            channel.close(promise: nil)
        }
    }

    private static func answer(
        _ head: HTTPRequestHead, _ body: ByteBuffer, _ fate: LyingStore.Fate, _ proxy: LyingStore, _ channel: any Channel
    ) async {
        do {
            switch fate {
            case .answered(let status, let xml):
                try await send(status, ["content-type": "application/xml"], ByteBuffer(string: xml), head, channel)
            case .requestLost: reset(channel)
            case .forwarded, .answerLost, .answerCut:
                let (status, headers, answer) = try await forward(head, body, to: proxy.store)
                switch fate {
                case .answerLost: reset(channel)
                case .answerCut(let limit): try await send(status, headers, answer, head, channel, cutAfter: limit)
                default: try await send(status, headers, answer, head, channel)
                }
            }
        } catch {
            // The client is gone, which is what some tests are about.
            channel.close(promise: nil)
        }
    }

    private static func forward(
        _ head: HTTPRequestHead, _ body: ByteBuffer, to store: String
    ) async throws -> (Int, HTTPHeaders, ByteBuffer) {
        var request = HTTPClientRequest(url: store + head.uri)
        request.method = head.method
        request.headers = head.headers
        request.headers.remove(name: "content-length")
        if body.readableBytes > 0 || head.method == .PUT { request.body = .bytes(body) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return (Int(response.status.code), response.headers, bytes)
    }

    private static func send(
        _ status: Int, _ headers: HTTPHeaders, _ body: ByteBuffer, _ request: HTTPRequestHead, _ channel: any Channel,
        cutAfter limit: Int? = nil
    ) async throws {
        var headers = headers
        headers.remove(name: "transfer-encoding")
        if request.method != .HEAD, status != 204 { headers.replaceOrAdd(name: "content-length", value: "\(body.readableBytes)") }
        headers.remove(name: "connection")
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        try await channel.writeAndFlush(HTTPServerResponsePart.head(head))
        if let limit, let part = body.getSlice(at: body.readerIndex, length: min(limit, body.readableBytes)) {
            try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(part)))
            return reset(channel)
        }
        if request.method != .HEAD { try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(body))) }
        try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
    }
}
