import HTTPTypes
import Hummingbird
import PulpCore

/// Finds out who asks: by a name and a password, or else by the cookie of a session.
struct RequestAuthentication: Sendable {
    let authenticator: Authenticator

    init(_ authenticator: Authenticator) { self.authenticator = authenticator }

    /// Nil for one who does not say who it is, or whose session is over.
    /// - Throws: ``APIError`` with 401 when a name or a password is wrong; with 403 when a page that is not ours may have had a browser
    ///   send a change.
    func user(_ request: Request) async throws -> User? {
        if let credentials = try BasicCredentials(request.headers) { return try await credentials.user(authenticator) }
        let cookies = SessionCookies(request.headers)
        guard let token = cookies.session, let session = try await authenticator.session(token) else { return nil }
        if !Self.safe.contains(request.method) { try cookies.checkForgery(request.headers, session) }
        return session.user
    }

    private static let safe: Set<HTTPRequest.Method> = [.get, .head, .options, .trace]
}
