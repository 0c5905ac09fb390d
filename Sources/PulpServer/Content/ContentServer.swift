public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
public import PulpCore
public import ServiceLifecycle
import Synchronization

/// The content server: HTTP/1.1 over its own NIO pipeline, with `sendfile`.
///
/// It asks an ``AnswerSource`` what to send, first on the event loop and without waiting, and sends it. It runs until a
/// graceful shutdown, or until its task is canceled.
///
/// A graceful shutdown loses no request: clients are refused that come later, what was asked for is answered, and an open
/// connection is told to end with its next response, or ends after a moment without one. Canceling does not wait for responses.
public final class ContentServer: Service {
    /// How to serve.
    public struct Configuration: Sendable {
        /// The address to listen on; only this machine's by default.
        public var host = "127.0.0.1"
        /// 0 lets the system choose.
        public var port = 24816
        /// The path below which content is served; begins and ends with a slash.
        public var pathPrefix = "/pulp/content/"
        /// Serves HTTPS when there is one.
        public var tls: TLS?
        /// How long an open connection may wait for the next request.
        public var idleTimeout: TimeAmount = .seconds(60)
        /// How long a request's head may take from its first byte.
        public var headTimeout: TimeAmount = .seconds(15)
        /// How long a client may take no byte of a response.
        public var stallTimeout: TimeAmount = .seconds(60)
        /// How many connections may be open; further ones are closed at once.
        public var connections = 8192
        /// The largest request body that is read, and forgotten.
        public var largestBody = 64 << 10
        /// How many bytes of small files each event loop keeps.
        public var memoryPerLoop = 16 << 20
        /// How many files each event loop keeps open.
        public var filesPerLoop = 128
        /// How long running responses may go on after a request to stop.
        public var grace: Duration = .seconds(30)
        /// How long an idle connection stays open after a request to stop, for a request that is on its way.
        public var idleGrace: TimeAmount = .seconds(1)
        /// Where requests and failures are written to.
        public var logger = Logger(label: "pulp.content")

        /// HTTP on this machine's port 24816, unless it is changed.
        public init() {}

        /// The same, with what an operator decided about all of Pulp.
        public init(settings: Settings) {
            (pathPrefix, grace, logger) = (settings.contentPathPrefix, settings.graceInterval, settings.logger)
        }
    }

    /// Where the certificate and its key are, as PEM files.
    public struct TLS: Sendable, Hashable {
        /// The path of the certificate, the server's own first.
        public var certificate: String
        /// The path of the key.
        public var key: String
        /// Two paths; the files are read when the server starts.
        public init(certificate: String, key: String) { (self.certificate, self.key) = (certificate, key) }
    }

    private let configuration: Configuration
    private let source: any AnswerSource
    private let store: any ArtifactStore
    private let group: any EventLoopGroup
    private let onListening: @Sendable (SocketAddress) -> Void

    /// - Parameters:
    ///   - store: read where an answer names an artifact that has no local file.
    ///   - onListening: called once, with the address, when clients can connect.
    public init(
        configuration: Configuration, source: any AnswerSource, store: any ArtifactStore, group: any EventLoopGroup,
        onListening: @escaping @Sendable (SocketAddress) -> Void = { _ in }
    ) {
        (self.configuration, self.source, self.store) = (configuration, source, store)
        (self.group, self.onListening) = (group, onListening)
    }

    /// Listens and serves until it is told to stop.
    /// - Throws: ``PulpError`` when the address cannot be had or the certificate cannot be read.
    public func run() async throws {
        let loops = try await makeLoops()
        let tls = try configuration.tls.map(Self.context)
        // Swift's runtime (6.3) can crash when two event loops are the first to ask for this generic type in one moment, as they do
        // when the clients of another process come here all at once.
        _ = Self.decoder()
        let server = try await bind(loops, tls)
        if let address = server.localAddress {
            configuration.logger.info("content server listens", metadata: ["address": "\(address.ipAddress ?? ""):\(address.port ?? 0)"])
            onListening(address)
        }
        let stopping = AsyncStream<Void>.makeStream()
        await withTaskCancellationOrGracefulShutdownHandler {
            for await _ in stopping.stream {}
        } onCancelOrGracefulShutdown: {
            stopping.continuation.finish()
        }
        await ListeningSocket(channel: server, loops: loops.map(\.eventLoop)).close()
        await drain(loops)
    }

    private func makeLoops() async throws -> [NIOLoopBound<ContentLoop>] {
        let (configuration, source, store) = (configuration, source, store)
        var loops: [NIOLoopBound<ContentLoop>] = []
        for eventLoop in group.makeIterator() {
            loops.append(
                try await eventLoop.submit {
                    let loop = ContentLoop(eventLoop, source: source, store: store, configuration: configuration)
                    return NIOLoopBound(loop, eventLoop: eventLoop)
                }.get())
        }
        return loops
    }

    private func bind(_ loops: [NIOLoopBound<ContentLoop>], _ tls: NIOSSLContext?) async throws -> any Channel {
        let byLoop = Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.eventLoop), $0) })
        let open = Counter(limit: configuration.connections)
        // A client that takes nothing for so long is given up by the kernel, whatever the response is made of.
        let userTimeout = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 18))
        // A file goes to the kernel in portions, as the client takes them: slow clients would have it hold megabytes each, and on
        // a fast network the data would leave the processor's caches before the client has it.
        let unsentLimit = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 25))
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(userTimeout, value: .init(clamping: configuration.stallTimeout.nanoseconds / 1_000_000))
            .childChannelOption(unsentLimit, value: 256 << 10)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = byLoop[ObjectIdentifier(channel.eventLoop)]?.value, open.enter() else {
                        throw PulpError(.systemState, "too many connections")
                    }
                    channel.closeFuture.whenComplete { _ in open.leave() }
                    try Self.configure(channel, loop, tls)
                }
            }
        do {
            return try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
        } catch {
            throw PulpError(.systemState, "cannot listen on \(configuration.host):\(configuration.port): \(error)")
        }
    }

    private static func configure(_ channel: any Channel, _ loop: ContentLoop, _ tls: NIOSSLContext?) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        try pipeline.addHandler(decoder())
        try pipeline.addHandler(ContentConnection(loop: loop, isSecure: tls != nil))
    }

    private static func decoder() -> ByteToMessageHandler<HTTPRequestDecoder> {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = 32 << 10
        limits.maxHeaderFieldSize = 16 << 10
        limits.maxHeaderFieldCount = 128
        return ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits))
    }

    private static func context(_ files: TLS) throws -> NIOSSLContext {
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw PulpError(.tls, "cannot use the certificate \(files.certificate) with the key \(files.key): \(error)")
        }
    }

    /// Lets running responses end, as long as the grace lasts, and idle connections a moment after the last request.
    private func drain(_ loops: [NIOLoopBound<ContentLoop>]) async {
        for loop in loops { loop.eventLoop.execute { loop.value.drain() } }
        let deadline = ContinuousClock.now + (Task.isCancelled ? .zero : configuration.grace)
        while ContinuousClock.now < deadline {
            if await isEmpty(loops) { break }
            // Canceled: the deadline is now.
            do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
        }
        for loop in loops { loop.eventLoop.execute { loop.value.close() } }
    }

    private func isEmpty(_ loops: [NIOLoopBound<ContentLoop>]) async -> Bool {
        for loop in loops {
            // Fails when the event loop has ended, and its connections with it.
            if (try? await loop.eventLoop.submit { loop.value.isEmpty }.get()) == false { return false }
        }
        return true
    }

    /// Counts connections across event loops.
    private final class Counter: Sendable {
        private let count = Atomic(0)
        private let limit: Int
        init(limit: Int) { self.limit = limit }

        /// Counts one more, unless there are enough.
        func enter() -> Bool {
            if count.add(1, ordering: .relaxed).newValue <= limit { return true }
            leave()
            return false
        }

        func leave() { count.subtract(1, ordering: .relaxed) }
    }
}
