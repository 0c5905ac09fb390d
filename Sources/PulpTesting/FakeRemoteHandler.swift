internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Speaks HTTP for a ``FakeRemote``.
final class FakeRemoteHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let remote: FakeRemote
    private var head: HTTPRequestHead?

    init(_ remote: FakeRemote) { self.remote = remote }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let request = FakeRequest(
            method: head.method.rawValue, target: head.uri, headers: head.headers.map { (name: $0.name, value: $0.value) })
        let answer = remote.begin(request)
        let reply = FakeReply(answer, to: head)
        let isHead = head.method == .HEAD
        switch (answer.gate, answer.ending) {
        case (nil, .complete):
            // The common case stays on the event loop. A request ends for the remote before its client can see the end.
            remote.end()
            write(reply.head, context)
            if !isHead, reply.body.readableBytes > 0 { write(.body(.byteBuffer(reply.body)), context) }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        default:
            Self.play(reply, answer, isHead: isHead, on: context.channel, for: remote)
        }
    }

    private func write(_ part: HTTPServerResponsePart, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(part), promise: nil)
    }

    private static func play(
        _ reply: FakeReply, _ answer: FakeAnswer, isHead: Bool, on channel: any Channel, for remote: FakeRemote
    ) {
        Task {
            var hasEnded = false
            await act(reply, answer, isHead: isHead, on: channel) {
                if !hasEnded { remote.end() }
                hasEnded = true
            }
        }
    }

    /// Plays an answer that takes its time or does not end well; a client that goes away ends it.
    /// - Parameter end: called when the client is about to see the end, and perhaps again.
    private static func act(
        _ reply: FakeReply, _ answer: FakeAnswer, isHead: Bool, on channel: any Channel, _ end: () -> Void
    ) async {
        await answer.gate?.pass()
        defer { end() }
        do {
            if case .complete = answer.ending { end() }
            try await channel.writeAndFlush(reply.head)
            var rest = reply.body
            switch answer.ending {
            case _ where isHead: break
            case .complete: try await send(rest, on: channel)
            case .reset(let count):
                try await send(rest.readSlice(length: min(count, rest.readableBytes)), on: channel)
                try await reset(channel)
                return
            case .held(let count, let gate):
                try await send(rest.readSlice(length: min(count, rest.readableBytes)), on: channel)
                await gate.pass()
                end()
                try await send(rest, on: channel)
            case .endless:
                while true { try await send(rest, on: channel) }
            }
            try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        } catch {
            // The client went away, as many tests want it to.
            channel.close(promise: nil)
        }
    }

    private static func send(_ bytes: ByteBuffer?, on channel: any Channel) async throws {
        guard let bytes, bytes.readableBytes > 0 else { return }
        try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(bytes)))
    }

    /// Closes with a TCP reset instead of a farewell.
    private static func reset(_ channel: any Channel) async throws {
        if let provider = channel as? any SocketOptionProvider {
            try await provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await channel.close()
    }
}

/// The head and body that an answer and a request make together.
struct FakeReply: Sendable {
    let head: HTTPServerResponsePart
    let body: ByteBuffer

    init(_ answer: FakeAnswer, to request: HTTPRequestHead) {
        var status = answer.status
        var body = answer.body
        var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
        if status == 200, let first = Self.firstByte(request, headers) {
            let total = body.readableBytes
            let range = "bytes \(first)-\(total - 1)/\(total)"
            switch answer.ranges {
            case .ignored: break
            case .honoured where first < total:
                status = 206
                body.moveReaderIndex(forwardBy: first)
                headers.replaceOrAdd(name: "Content-Range", value: range)
            case .mislabelled(let label):
                status = 206
                body.moveReaderIndex(forwardBy: min(first, total))
                headers.replaceOrAdd(name: "Content-Range", value: label)
            case .honoured, .refused:
                status = 416
                body = ByteBuffer()
                headers.replaceOrAdd(name: "Content-Range", value: "bytes */\(total)")
            }
        }
        if case .endless = answer.ending {
            headers.replaceOrAdd(name: "Transfer-Encoding", value: "chunked")
        } else if answer.isChunked {
            headers.replaceOrAdd(name: "Transfer-Encoding", value: "chunked")
        } else {
            headers.replaceOrAdd(name: "Content-Length", value: String(answer.claimedLength ?? body.readableBytes))
        }
        self.body = body
        head = .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers))
    }

    /// Where a request's range begins; nil when the whole is to be sent.
    private static func firstByte(_ request: HTTPRequestHead, _ headers: HTTPHeaders) -> Int? {
        guard let range = request.headers.first(name: "range"), range.hasPrefix("bytes="), range.hasSuffix("-"),
            let first = Int(range.dropFirst(6).dropLast())
        else { return nil }
        if let condition = request.headers.first(name: "if-range"),
            condition != headers.first(name: "etag"), condition != headers.first(name: "last-modified")
        {
            return nil
        }
        return first
    }
}
