import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import PulpCore

#if canImport(Glibc)
import Glibc
#endif

/// One client's connection: takes its requests one after the other, and never starts on one before the response to the one
/// before it is complete.
///
/// Pipelined requests wait here, and nothing more is read from the socket while a response is under way, so a client cannot
/// make the server remember more than one read of them.
final class ContentConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    enum Phase {
        /// Waits for a request's head.
        case idle
        /// Has a head, and waits for the end of the request.
        case receiving(IncomingRequest, body: Int)
        case responding(IncomingRequest)
        /// The last response is out or on its way out; nothing is taken any more.
        case closing
    }

    let loop: ContentLoop
    /// When the connection ends unless something happens; judged once a second, and more often at the end.
    var deadline: NIODeadline
    var phase = Phase.idle
    var waiting = CircularBuffer<HTTPServerRequestPart>()
    /// What to refuse once all that came before has been answered.
    private var failure: ResponseStatus?
    var holdsRead = false
    var inputEnded = false
    private var headBegan = false
    var needsFlush = false
    /// Why the response that is on its way is an error, for its line in the log.
    private var trouble: String?
    var task: Task<Void, Never>?
    private var context: ChannelHandlerContext?
    let isSecure: Bool

    var configuration: ContentServer.Configuration { loop.configuration }

    init(loop: ContentLoop, isSecure: Bool) {
        (self.loop, self.isSecure) = (loop, isSecure)
        deadline = .now() + loop.configuration.headTimeout
    }

    // MARK: Lifetime

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.remove(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        task?.cancel()
        phase = .closing
        waiting.removeAll()
        context.fireChannelInactive()
    }

    /// Has the connection end with its next response, or after a moment without one.
    ///
    /// Whoever keeps a connection open may send a request on it at any time, also in this moment: it is answered.
    func drain() {
        switch phase {
        case .idle where !headBegan: deadline = min(deadline, .now() + configuration.idleGrace)
        case .idle, .receiving: deadline = min(deadline, .now() + .seconds(1))
        case .responding, .closing: break
        }
    }

    /// Called when the deadline has passed.
    func expire() {
        switch phase {
        case .idle where !headBegan: context?.close(promise: nil)
        case .idle, .receiving: fail(.requestTimeout)
        case .responding: deadline = .distantFuture
        case .closing: context?.close(promise: nil)
        }
    }

    /// Ends the connection in a way that no client takes for the end of a response.
    func abort() {
        guard let context else { return }
        phase = .closing
        // Done at once on this event loop. Where it fails the socket is closed already.
        _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        if isSecure, let secure = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self) {
            // From below TLS, so that it does not say a proper good-bye. Without the handler the pipeline is gone already.
            secure.close(promise: nil)
        } else {
            context.close(promise: nil)
        }
    }

    // MARK: Reading

    func read(context: ChannelHandlerContext) {
        if isBusy { holdsRead = true } else { context.read() }
    }

    private var isBusy: Bool {
        switch phase {
        case .responding: true
        case .idle, .receiving, .closing: !waiting.isEmpty
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isBusy { waiting.append(part) } else { take(part, context) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .idle = phase, !headBegan, !needsFlush {
            // Bytes came, and no whole head: it has so long from now on, however many bytes more come.
            headBegan = true
            deadline = .now() + configuration.headTimeout
        }
        flush(context)
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            inputEnded = true
            switch phase {
            case .idle, .receiving, .closing:
                if !isBusy { context.close(promise: nil) }
            case .responding: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { resume(context) }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow: fail(.headTooLarge)
        case HTTPParserError.invalidVersion: fail(.versionNotSupported)
        case is HTTPParserError: fail(.badRequest)
        default:
            // The peer went away, or never spoke TLS: no more to say than that.
            configuration.logger.debug("connection ended", metadata: ["error": "\(error)"])
            phase = .closing
            context.close(promise: nil)
        }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (part, phase) {
        case (.head(let head), .idle):
            headBegan = false
            phase = .receiving(IncomingRequest(head), body: 0)
        case (.body(let bytes), .receiving(let request, let body)):
            guard body + bytes.readableBytes <= configuration.largestBody else { return fail(.contentTooLarge) }
            phase = .receiving(request, body: body + bytes.readableBytes)
        case (.end, .receiving(var request, _)):
            if loop.isDraining { request.keepsAlive = false }
            phase = .responding(request)
            respond(to: request, context)
        default:
            // The decoder gives a request's parts in order; behind the last response there is nobody to read them.
            break
        }
    }

    /// Takes what waits, until there is a response to wait for.
    func resume(_ context: ChannelHandlerContext) {
        while !waiting.isEmpty {
            if case .responding = phase { return }
            guard context.channel.isWritable else { return }
            take(waiting.removeFirst(), context)
        }
        if case .responding = phase { return }
        flush(context)
        if let failure { return refuse(failure, context) }
        if inputEnded {
            phase = .closing
            context.close(promise: nil)
        } else if holdsRead {
            holdsRead = false
            context.read()
        }
    }

    /// Refuses whatever comes next, and ends the connection; after what is running and waiting.
    private func fail(_ status: ResponseStatus) {
        guard let context, failure == nil else { return }
        failure = status
        switch phase {
        case .idle, .receiving: if waiting.isEmpty { refuse(status, context) }
        case .responding, .closing: break
        }
    }

    private func refuse(_ status: ResponseStatus, _ context: ChannelHandlerContext) {
        if case .closing = phase { return }
        let request = IncomingRequest.unreadable
        phase = .responding(request)
        send(ResponsePlan(text: status, for: request, date: loop.clock.now(), allocator: context.channel.allocator), request, context)
    }

    // MARK: Deciding

    private func respond(to request: IncomingRequest, _ context: ChannelHandlerContext) {
        if let refusal = request.refusal { return text(refusal, for: request, context) }
        switch request.method {
        case .get, .head: break
        case .options: return allow(.ok, request, context)
        case .other: return allow(.methodNotAllowed, request, context)
        }
        let path: String
        do {
            path = try RequestPath.decode(request.target)
        } catch {
            return text(error == .malformed ? .badRequest : .notFound, for: request, context)
        }
        guard path.utf8.starts(with: configuration.pathPrefix.utf8) else {
            return text(.notFound, for: request, context)
        }
        let asked = ContentRequest(path: String(path.utf8.dropFirst(configuration.pathPrefix.utf8.count)) ?? "")
        if let answer = loop.source.cachedAnswer(asked, { request.credentials }) {
            if case .artifact(let artifact) = answer, let path = artifact.localPath {
                do {
                    return send(
                        try loop.prepared.prepare(artifact, at: path, allocator: context.channel.allocator), artifact, request, context)
                } catch {
                    // Deleted or replaced since it was looked up: look again, once.
                    loop.source.invalidate()
                }
            } else {
                return send(answer, request, context)
            }
        }
        ask(asked, for: request, context)
    }

    private func ask(_ asked: ContentRequest, for request: IncomingRequest, _ context: ChannelHandlerContext) {
        let (source, credentials) = (loop.source, request.credentials)
        run(context) { connection in
            do {
                let answer = try await source.answer(asked, credentials)
                connection.perform { $0.send(answer, request, $1) }
            } catch {
                connection.perform { $0.report(error, for: request, $1) }
            }
        }
    }

    private func send(_ answer: Answer, _ request: IncomingRequest, _ context: ChannelHandlerContext) {
        switch answer {
        case .artifact(let artifact): send(artifact, request, context)
        case .bytes(let bytes, let contentType, let entity):
            let representation = Representation(
                size: Int64(bytes.readableBytes), entity: entity, lastModified: nil, contentType: contentType,
                isArtifact: false)
            send(plan(representation, request, context), of: bytes, request, context)
        case .arriving(let artifact): send(artifact, request, context)
        case .redirect, .forbidden, .notFound, .unavailable:
            if case .unavailable(let reason, _) = answer, trouble == nil { trouble = reason }
            let plan = ResponsePlan(
                refusing: answer, for: request, location: configuration.pathPrefix, date: loop.clock.now(),
                allocator: context.channel.allocator)
            send(plan, request, context)
        }
    }

    private func send(_ artifact: ServedArtifact, _ request: IncomingRequest, _ context: ChannelHandlerContext) {
        guard let path = artifact.localPath else { return sendFromStore(artifact, request, context) }
        do {
            send(try loop.prepared.prepare(artifact, at: path, allocator: context.channel.allocator), artifact, request, context)
        } catch {
            let reason = "the artifact \(artifact.sha256) cannot be read: \(error)"
            failed(.badGateway, "the store cannot read this artifact", because: reason, request, context)
        }
    }

    private func send(
        _ prepared: PreparedArtifact, _ artifact: ServedArtifact, _ request: IncomingRequest, _ context: ChannelHandlerContext
    ) {
        if request.isPlainGet, case .bytes(let body) = prepared.body {
            return sendWhole(prepared, body, request, context)
        }
        let plan = plan(Representation(artifact), request, context)
        switch prepared.body {
        case .bytes(let bytes): send(plan, of: bytes, request, context)
        case .file(let file) where isSecure: stream(plan, .file(file), request, context)
        case .file(let file): send(plan, of: file, request, context)
        }
    }

    func plan(
        _ representation: Representation, _ request: IncomingRequest, _ context: ChannelHandlerContext
    ) -> ResponsePlan {
        ResponsePlan(representation, for: request, date: loop.clock.now(), allocator: context.channel.allocator)
    }

    private func allow(_ status: ResponseStatus, _ request: IncomingRequest, _ context: ChannelHandlerContext) {
        let plan = ResponsePlan(
            text: status, for: request, date: loop.clock.now(), allocator: context.channel.allocator
        ) { $0.field("Allow", "GET, HEAD, OPTIONS" as StaticString) }
        send(plan, request, context)
    }

    private func text(
        _ status: ResponseStatus, _ detail: String? = nil, for request: IncomingRequest, _ context: ChannelHandlerContext
    ) {
        send(
            ResponsePlan(text: status, detail, for: request, date: loop.clock.now(), allocator: context.channel.allocator),
            request, context)
    }

    /// Answers with an error, and says more of it in the log than to the client.
    func failed(
        _ status: ResponseStatus, _ detail: String? = nil, because reason: String, _ request: IncomingRequest,
        _ context: ChannelHandlerContext
    ) {
        trouble = reason
        text(status, detail, for: request, context)
    }

    private func report(_ error: any Error, for request: IncomingRequest, _ context: ChannelHandlerContext) {
        switch error {
        case let error as DatabaseError where error.code == .unavailable || error.code == .busy:
            trouble = "\(error)"
            send(.unavailable(reason: "the database is away", retryAfter: .seconds(5)), request, context)
        default: failed(.internalError, because: "\(error)", request, context)
        }
    }

    // MARK: Waiting

    /// Runs what must wait, in a task that ends with the connection.
    func run(_ context: ChannelHandlerContext, _ body: @escaping @Sendable (Remote) async -> Void) {
        deadline = .distantFuture
        let remote = Remote(channel: context.channel, connection: NIOLoopBound(self, eventLoop: context.eventLoop))
        task = Task { await body(remote) }
    }

    func log(_ status: ResponseStatus, length: Int64?, _ request: IncomingRequest) {
        let level: Logger.Level = status.rawValue >= 500 ? .warning : .debug
        guard configuration.logger.logLevel <= level else {
            trouble = nil
            return
        }
        var metadata: Logger.Metadata = [
            "method": "\(request.methodName)", "target": "\(request.target)", "status": "\(status.rawValue)",
            "bytes": "\(length ?? -1)",
            "client": "\(context?.channel.remoteAddress?.ipAddress ?? "")",
        ]
        if let trouble { metadata["error"] = "\(trouble)" }
        trouble = nil
        configuration.logger.log(level: level, "request", metadata: metadata)
    }

    /// The connection, as a task sees it.
    struct Remote: Sendable {
        let channel: any Channel
        let connection: NIOLoopBound<ContentConnection>

        /// Goes on on the event loop, unless the connection is gone.
        func perform(_ body: @escaping @Sendable (ContentConnection, ChannelHandlerContext) -> Void) {
            let connection = connection
            channel.eventLoop.execute {
                guard let context = connection.value.context else { return }
                if case .closing = connection.value.phase { return }
                body(connection.value, context)
                connection.value.flush(context)
            }
        }

        func stream(_ plan: ResponsePlan, _ source: StreamSource, _ request: IncomingRequest) async {
            var writer = StreamWriter(channel, head: plan.head)
            do {
                try await plan.write(source, to: &writer)
                perform { $0.streamed(plan, nil, hasBegun: true, request, $1) }
            } catch {
                let hasBegun = writer.hasBegun
                perform { $0.streamed(plan, error, hasBegun: hasBegun, request, $1) }
            }
        }
    }
}
