internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Why one attempt failed: what to say, and whether another attempt may help.
package struct DownloadFailure: Error {
    package let error: PulpError
    package let kind: RetryPolicy.Failure
    /// Whether the connection could not be made at all, so that another address of the host may do.
    var isConnecting = false

    init(_ kind: RetryPolicy.Failure, _ code: PulpError.Code, _ message: String) {
        (error, self.kind) = (PulpError(code, message), kind)
    }

    init(final error: PulpError) { (self.error, kind) = (error, .final) }

    /// Translates what AsyncHTTPClient, NIO and TLS throw.
    /// - Parameters:
    ///   - target: the URL without secrets.
    ///   - proxy: the proxy that is asked, without secrets.
    package init(_ error: any Error, target: String, proxy: String?) {
        let through = proxy.map { " (through the proxy \($0))" } ?? ""
        switch error {
        case let failure as DownloadFailure: self = failure
        case let error as PulpError: self.init(final: error)
        case let error as HTTPClientError: self.init(error, "\(target)\(through)")
        case let error as NIOConnectionError:
            let first = error.connectionErrors.first.map { Self.reason($0.error) } ?? "no address answers"
            self.init(.interrupted, .connection, "\(target)\(through): cannot connect: \(first)")
            isConnecting = true
        case ChannelError.connectTimeout:
            self.init(.interrupted, .timeout, "\(target)\(through): no connection in time")
            isConnecting = true
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            self.init(final: PulpError(.tls, "\(target)\(through): TLS failed: \(Self.reason(error))"))
        case is HTTPParserError:
            self.init(.interrupted, .connection, "\(target)\(through): the answer is not valid HTTP: \(error)")
        default:
            self.init(.interrupted, .connection, "\(target)\(through): \(Self.reason(error))")
            isConnecting = (error as? IOError)?.isConnecting ?? false
        }
    }

    private init(_ error: HTTPClientError, _ target: String) {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout:
            self.init(.interrupted, .timeout, "\(target): no connection in time")
            isConnecting = true
        case .readTimeout: self.init(.interrupted, .timeout, "\(target): nothing came for too long")
        case .deadlineExceeded: self.init(.interrupted, .timeout, "\(target): it takes too long")
        case .proxyAuthenticationRequired:
            self.init(final: PulpError(.proxyAuthentication, "\(target): the proxy wants other credentials"))
        case .invalidProxyResponse:
            self.init(.interrupted, .connection, "\(target): the proxy does not connect to the host")
        case .remoteConnectionClosed, .uncleanShutdown:
            self.init(.interrupted, .connection, "\(target): the connection was closed before the answer was complete")
        default: self.init(.interrupted, .connection, "\(target): \(error.shortDescription)")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(let inner): "the handshake failed: \(inner)"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        default: "\(error)"
        }
    }
}

extension IOError {
    /// The errors of `connect(2)` that say nothing answered.
    fileprivate var isConnecting: Bool {
        [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, ENETDOWN, EHOSTDOWN].contains(errnoCode)
    }
}
