import Logging
import NIOCore
import PulpCore

#if canImport(Glibc)
import Glibc
#endif

extension ContentConnection {
    /// The common case: the whole of a small artifact, in one write, made at most once in a second.
    func sendWhole(
        _ prepared: PreparedArtifact, _ body: ByteBuffer, _ request: IncomingRequest, _ context: ChannelHandlerContext
    ) {
        let date = loop.clock.now()
        let response: ByteBuffer
        if request.keepsAlive, let complete = prepared.complete, complete.second == loop.clock.second {
            response = complete.bytes
        } else {
            var head = ResponseHead(.ok, date: date, allocator: context.channel.allocator, room: body.readableBytes)
            head.fields(prepared.fields)
            head.field("Content-Length", body.readableBytes)
            head.end(keepsAlive: request.keepsAlive)
            head.append(body)
            response = head.bytes
            if request.keepsAlive { prepared.complete = (loop.clock.second, response) }
        }
        write(response, .ok, body.readableBytes, request, keepsAlive: request.keepsAlive, context)
    }

    /// A response whose body, if any, is in the plan.
    func send(_ plan: ResponsePlan, _ request: IncomingRequest, _ context: ChannelHandlerContext) {
        send(plan, of: ByteBuffer(), request, context)
    }

    func send(
        _ plan: ResponsePlan, of bytes: ByteBuffer, _ request: IncomingRequest, _ context: ChannelHandlerContext
    ) {
        var response = plan.head
        for piece in plan.pieces {
            switch piece {
            case .text(let text): response.writeImmutableBuffer(text)
            case .slice(let range):
                let start = bytes.readerIndex + Int(range.lowerBound)
                if let slice = bytes.getSlice(at: start, length: range.count) { response.writeImmutableBuffer(slice) }
            case .rest: response.writeImmutableBuffer(bytes)
            }
        }
        let length = response.readableBytes - plan.head.readableBytes
        write(response, plan.status, length, request, keepsAlive: plan.keepsAlive, context)
    }

    /// A complete response in one piece; the next request may follow at once, as writes keep their order.
    private func write(
        _ response: ByteBuffer, _ status: ResponseStatus, _ length: Int, _ request: IncomingRequest, keepsAlive: Bool,
        _ context: ChannelHandlerContext
    ) {
        log(status, length: Int64(length), request)
        needsFlush = true
        guard keepsAlive else {
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in self.end(context) }
            phase = .closing
            context.write(wrapOutboundOut(.byteBuffer(response)), promise: written)
            return flush(context)
        }
        context.write(wrapOutboundOut(.byteBuffer(response)), promise: nil)
        finished(context)
    }

    /// A response from a file, which the kernel sends.
    func send(
        _ plan: ResponsePlan, of file: OpenFile, _ request: IncomingRequest, _ context: ChannelHandlerContext
    ) {
        log(plan.status, length: plan.length, request)
        cork(true, context)
        let written = context.eventLoop.makePromise(of: Void.self)
        // Keeps the file open until its last byte is out, however soon the cache drops it.
        written.futureResult.assumeIsolated().whenComplete { result in
            self.cork(false, context)
            withExtendedLifetime(file) { self.sent(result, plan, context) }
        }
        context.write(wrapOutboundOut(.byteBuffer(plan.head)), promise: plan.pieces.isEmpty ? written : nil)
        for (index, piece) in plan.pieces.enumerated() {
            let promise = index == plan.pieces.count - 1 ? written : nil
            switch piece {
            case .text(let text): context.write(wrapOutboundOut(.byteBuffer(text)), promise: promise)
            case .slice(let range): context.write(wrapOutboundOut(.fileRegion(file.region(range))), promise: promise)
            case .rest: context.write(wrapOutboundOut(.fileRegion(file.region(0..<file.size))), promise: promise)
            }
        }
        needsFlush = true
        flush(context)
    }

    /// Has the kernel send full segments only, until it is told otherwise: the head goes out with the first bytes of the file.
    private func cork(_ isCorked: Bool, _ context: ChannelHandlerContext) {
        // Fails only when the socket is closed already, which the response's own promise tells.
        try? context.channel.syncOptions?.setOption(Self.corkOption, value: isCorked ? 1 : 0)
    }

    private static let corkOption = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: TCP_CORK))

    private func sent(_ result: Result<Void, any Error>, _ plan: ResponsePlan, _ context: ChannelHandlerContext) {
        switch result {
        case .failure: abort()
        case .success where plan.keepsAlive: finished(context)
        case .success: end(context)
        }
    }

    func send(
        _ artifact: any ArrivingArtifact, _ request: IncomingRequest, _ context: ChannelHandlerContext
    ) {
        let (date, allocator) = (loop.clock.now(), context.channel.allocator)
        run(context) { connection in
            defer { artifact.leave() }
            do {
                let representation = Representation(
                    size: try await artifact.size(), entity: artifact.sha256.map { EntityTag($0.hex) },
                    lastModified: artifact.lastModified, contentType: ContentType.of(artifact.name).description, isArtifact: true)
                let plan = ResponsePlan(representation, for: request, date: date, allocator: allocator)
                await connection.stream(plan, .arriving(artifact), request)
            } catch {
                connection.perform { $0.upstreamFailed(error, request, $1) }
            }
        }
    }

    /// An artifact of a store that has no files: its client goes there itself, or gets what this server reads there.
    func sendFromStore(_ artifact: ServedArtifact, _ request: IncomingRequest, _ context: ChannelHandlerContext) {
        let representation = Representation(artifact)
        let plan = plan(representation, request, context)
        // What the client has already, or does not want on its own conditions, it need not ask for elsewhere.
        if plan.status == .notModified || plan.status == .preconditionFailed { return send(plan, request, context) }
        let (store, date, allocator) = (loop.store, loop.clock.now(), context.channel.allocator)
        let direct = DirectRequest(
            isHead: request.method == .head, filename: artifact.name, contentType: representation.contentType)
        run(context) { connection in
            do {
                if let url = try await store.url(of: artifact.sha256, for: direct) {
                    connection.perform { connection, context in
                        let plan = ResponsePlan(
                            found: url, of: representation, for: request, date: date, allocator: allocator)
                        connection.send(plan, request, context)
                    }
                } else if plan.pieces.isEmpty {
                    connection.perform { $0.send(plan, request, $1) }
                } else {
                    await connection.stream(plan, .store(store, artifact.sha256), request)
                }
            } catch {
                connection.perform { $0.upstreamFailed(error, request, $1) }
            }
        }
    }

    func stream(
        _ plan: ResponsePlan, _ source: StreamSource, _ request: IncomingRequest, _ context: ChannelHandlerContext
    ) {
        if plan.pieces.isEmpty { return send(plan, request, context) }
        run(context) { await $0.stream(plan, source, request) }
    }

    func streamed(
        _ plan: ResponsePlan, _ error: (any Error)?, hasBegun: Bool, _ request: IncomingRequest, _ context: ChannelHandlerContext
    ) {
        switch error {
        case nil:
            log(plan.status, length: plan.length, request)
            sent(.success(()), plan, context)
        case let error? where hasBegun:
            configuration.logger.info(
                "a response broke off",
                metadata: [
                    "target": "\(request.target)", "error": "\(error)",
                ])
            abort()
        case let error?: upstreamFailed(error, request, context)
        }
    }

    private func upstreamFailed(_ error: any Error, _ request: IncomingRequest, _ context: ChannelHandlerContext) {
        failed(.badGateway, (error as? PulpError)?.message, because: "\(error)", request, context)
    }

    /// The response is out, or in order before whatever is written next.
    private func finished(_ context: ChannelHandlerContext) {
        task = nil
        if case .closing = phase { return }
        phase = .idle
        // A client that was promised an open connection may send its next request in this moment.
        deadline = .now() + (loop.isDraining ? configuration.idleGrace : configuration.idleTimeout)
        if !waiting.isEmpty || holdsRead { resume(context) }
    }

    /// Ends the connection behind its last response.
    ///
    /// What the client still sends is read and forgotten for a while: a socket that is closed with unread bytes resets the
    /// connection, and may take the response with it.
    private func end(_ context: ChannelHandlerContext) {
        phase = .closing
        waiting.removeAll()
        guard !isSecure, !inputEnded else { return context.close(promise: nil) }
        deadline = .now() + .seconds(2)
        context.close(mode: .output, promise: nil)
        if holdsRead {
            holdsRead = false
            context.read()
        }
    }

    func flush(_ context: ChannelHandlerContext) {
        guard needsFlush else { return }
        needsFlush = false
        context.flush()
    }
}
