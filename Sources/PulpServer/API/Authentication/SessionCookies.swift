import HTTPTypes
import Hummingbird
import PulpCore

/// What a browser has of a session: a token that says who it is, and one that only our own pages can read.
struct SessionCookies: Sendable, Hashable {
    let session: String?
    let csrf: String?

    private static let names = (session: "sessionid", csrf: "csrftoken")

    init(_ headers: HTTPFields) {
        var values: [Substring: String] = [:]
        for header in headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let trimmed = pair.drop { $0 == " " }
                guard let sign = trimmed.firstIndex(of: "=") else { continue }
                // Of two with one name, the first is the one of the narrower path (RFC 6265 §5.4).
                if values[trimmed[..<sign]] == nil { values[trimmed[..<sign]] = String(trimmed[trimmed.index(after: sign)...]) }
            }
        }
        (session, csrf) = (values[Self.names.session[...]], values[Self.names.csrf[...]])
    }

    /// Lets changes through that come from our own pages: they know the second token, and send it in a header.
    /// - Throws: ``APIError`` with 403, in Django's words.
    func checkForgery(_ headers: HTTPFields, _ session: UserSession) throws {
        func refusal(_ reason: String) -> APIError { .detail("CSRF Failed: \(reason)", status: .forbidden) }
        guard let csrf else { throw refusal("CSRF cookie not set.") }
        guard let sent = headers.value(of: "x-csrftoken"), !sent.isEmpty else { throw refusal("CSRF token missing.") }
        guard sent.isSame(as: csrf), sent.isSame(as: session.csrfToken) else {
            throw refusal("CSRF token from the 'X-Csrftoken' HTTP header incorrect.")
        }
    }

    /// The headers that give a browser a new session.
    static func headers(_ token: String, _ session: UserSession, isSecure: Bool) -> [String] {
        let age = "Max-Age=\(Sessions.lifetime.components.seconds); Path=/; SameSite=Lax\(isSecure ? "; Secure" : "")"
        return ["\(names.session)=\(token); HttpOnly; \(age)", "\(names.csrf)=\(session.csrfToken); \(age)"]
    }

    /// The header that has a browser forget its session.
    static let forgetting = "\(names.session)=\"\"; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax"
}

extension String {
    /// Whether two secrets are the same; takes as long for those that differ late as for those that differ early.
    fileprivate func isSame(as other: String) -> Bool {
        let (left, right) = (Array(utf8), Array(other.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
