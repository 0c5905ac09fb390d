import Foundation
import HTTPTypes
import PulpCore

/// A name and a password, as HTTP basic authentication has them (RFC 7617).
struct BasicCredentials: Sendable, Hashable {
    let name: String
    let password: String

    /// Nil where a request has none.
    /// - Throws: ``APIError`` with 401 when they cannot be read.
    init?(_ headers: HTTPFields) throws {
        guard let header = headers[.authorization] else { return nil }
        let scheme = header.prefix { $0 != " " }
        guard scheme.lowercased() == "basic" else { return nil }
        guard let data = Data(base64Encoded: header.dropFirst(scheme.count).filter { $0 != " " }),
            let colon = data.firstIndex(of: UInt8(ascii: ":"))
        else { throw APIError.unauthorized("Invalid basic header. Credentials not correctly base64 encoded.") }
        name = String(decoding: data[..<colon], as: UTF8.self)
        password = String(decoding: data[data.index(after: colon)...], as: UTF8.self)
    }

    /// The user with these credentials.
    /// - Throws: ``APIError`` with 401 when there is none.
    func user(_ authenticator: Authenticator) async throws -> User {
        guard let user = try await authenticator.user(named: name, password: password) else {
            throw APIError.unauthorized("Invalid username/password.")
        }
        return user
    }
}
