import Foundation
import HTTPTypes
import PulpCore

/// A name and a password, as HTTP basic authentication has them (RFC 7617).
struct BasicCredentials: Sendable, Hashable {
    let name: String
    let password: String

    /// - Throws: ``APIError`` with 401 when there are none, or they cannot be read.
    init(_ headers: HTTPFields) throws {
        guard let header = headers[.authorization], let mark = header.firstIndex(of: " "), header[..<mark].lowercased() == "basic"
        else { throw Self.refusal("Authentication credentials were not provided.") }
        guard let data = Data(base64Encoded: header[mark...].filter { $0 != " " }), let colon = data.firstIndex(of: UInt8(ascii: ":"))
        else { throw Self.refusal("Invalid basic header. Credentials not correctly base64 encoded.") }
        name = String(decoding: data[..<colon], as: UTF8.self)
        password = String(decoding: data[data.index(after: colon)...], as: UTF8.self)
    }

    /// The user with these credentials.
    /// - Throws: ``APIError`` with 401 when there is none.
    func user(_ authenticator: Authenticator) async throws -> User {
        guard let user = try await authenticator.user(named: name, password: password) else {
            throw Self.refusal("Invalid username/password.")
        }
        return user
    }

    private static func refusal(_ text: String) -> APIError {
        .detail(text, status: .unauthorized, headers: [.wwwAuthenticate: "Basic realm=\"api\""])
    }
}
