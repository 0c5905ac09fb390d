import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// The connection that a request came by.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// How to ask for a body that the client does not send unasked (`Expect: 100-continue`, RFC 9110 §10.1.1); nil for others.
    ///
    /// A request that is refused before its body is read is answered at once, and the client keeps the body for itself.
    func proceeding(with request: Request) -> (@Sendable () async throws -> Void)? {
        guard request.headers[.expect]?.lowercased() == "100-continue" else { return nil }
        return { [channel] in try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue))) }
    }
}
