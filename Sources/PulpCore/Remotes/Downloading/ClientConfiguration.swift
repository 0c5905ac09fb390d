internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// All that makes one HTTP client differ from another; requests that agree in it share connections.
struct ClientConfiguration: Hashable, Sendable {
    /// How a remote's server is authenticated, and this client to it.
    struct TLS: Hashable, Sendable {
        var caCertificate: String?
        var clientCertificate: String?
        var clientKey: String?
        var verifies = true
    }

    /// A proxy, and how it is used.
    struct Proxy: Hashable, Sendable {
        var url: RemoteURL
        var username: String?
        var password: String?

        /// The value of `Proxy-Authorization`; nil without credentials.
        var authorization: String? {
            username.map { HTTPClient.Authorization.basic(username: $0, password: password ?? "").headerValue }
        }
    }

    /// A host, and the address that it was found to have and was checked: the only one that is connected to.
    struct Pin: Hashable, Sendable {
        var host: String
        var address: IPAddress
    }

    /// How a request gets to its host.
    enum Way: Hashable, Sendable {
        case direct
        /// Requests go to the proxy itself, in absolute form; for http.
        case proxy
        /// The proxy opens a tunnel (`CONNECT`); for https.
        case tunnel(Proxy)
    }

    var way: Way
    var tls: TLS?
    /// The host that is connected to: the request's, or the proxy's.
    var pin: Pin
    var connectTimeout: Duration
    var readTimeout: Duration

    /// - Throws: ``DownloadFailure`` when the TLS material is not usable.
    func makeClient() throws -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try tls.map { try $0.configuration() },
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(connectTimeout), read: readTimeout > .zero ? TimeAmount(readTimeout) : nil),
            decompression: .disabled)
        // Resumed bodies and idle timeouts are about connections, which requests of HTTP/2 share.
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        configuration.connectionPool.idleTimeout = .seconds(30)
        configuration.connectionPool.retryConnectionEstablishment = false
        switch way {
        case .direct, .proxy:
            configuration.dnsOverride = [pin.host: pin.address.description]
        case .tunnel(let proxy):
            configuration.proxy = .server(
                host: pin.address.description, port: proxy.url.effectivePort,
                authorization: proxy.username.map { .basic(username: $0, password: proxy.password ?? "") })
        }
        if way == .proxy {
            configuration.http1_1ConnectionDebugInitializer = { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let encoder = try pipeline.context(handlerType: HTTPRequestEncoder.self).handler
                    try pipeline.addHandler(AbsoluteFormHandler(), position: .after(encoder))
                }
            }
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

/// Writes request targets in absolute form, as a proxy wants them for http (RFC 9112 §3.2.2).
private final class AbsoluteFormHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), let host = head.headers.first(name: "host") else {
            return context.write(data, promise: promise)
        }
        head.uri = "http://\(host)\(head.uri)"
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}

extension ClientConfiguration.TLS {
    func configuration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if !verifies { configuration.certificateVerification = .none }
        if let caCertificate { configuration.trustRoots = .certificates(try PEM.certificates(caCertificate)) }
        if let clientCertificate {
            configuration.certificateChain = try PEM.certificates(clientCertificate).map { .certificate($0) }
        }
        if let clientKey { configuration.privateKey = .privateKey(try PEM.privateKey(clientKey)) }
        return configuration
    }
}
