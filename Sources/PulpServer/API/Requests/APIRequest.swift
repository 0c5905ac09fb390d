import HTTPTypes
import Hummingbird
import NIOCore
import PulpCore

/// A request to the REST API, read whole.
struct APIRequest: Sendable {
    /// How large a body may be, in bytes.
    static let largestBody = 32 << 20

    let method: HTTPRequest.Method
    /// Decoded, without the query.
    let path: String
    let query: QueryItems
    let headers: HTTPFields
    /// Scheme and authority by which the client knows this server: `http://127.0.0.1:24817`.
    let origin: String
    let body: [UInt8]
    /// What the path has in place of the names in braces.
    var parameters: [String: String] = [:]

    /// Reads a request.
    /// - Throws: ``APIError`` when the body is too large.
    init(_ request: Request, parameters: [String: String]) async throws {
        (method, path, headers) = (request.method, request.uri.path, request.headers)
        query = QueryItems(request.uri.query ?? "")
        self.parameters = parameters
        // Behind a proxy, the address that the proxy was asked for.
        let scheme = request.headers.value(of: "x-forwarded-proto") ?? "http"
        let authority = request.headers.value(of: "x-forwarded-host") ?? request.head.authority ?? "localhost"
        origin = "\(scheme)://\(authority)"
        do {
            body = Array(buffer: try await request.body.collect(upTo: Self.largestBody))
        } catch is NIOTooManyBytesError {
            throw APIError.detail("Request body exceeded \(Self.largestBody) bytes.", status: .contentTooLarge)
        }
    }

    /// The members of the body, whatever its media type; none when there is no body.
    /// - Throws: ``APIError`` when the type is not supported, or the body is not what its type says.
    func object() throws -> JSON.Object {
        if body.isEmpty { return [:] }
        let type = headers[.contentType].map { $0.prefix { $0 != ";" }.lowercased() } ?? "application/json"
        switch type {
        case "application/json": return try jsonObject()
        case "application/x-www-form-urlencoded":
            let form = QueryItems(String(decoding: body, as: UTF8.self))
            return JSON.Object(form.items.map { (name: $0.name, value: .string($0.value)) })
        default: throw APIError.detail("Unsupported media type \"\(type)\" in request.", status: .unsupportedMediaType)
        }
    }

    private func jsonObject() throws -> JSON.Object {
        let json: JSON
        do {
            json = try JSON(parsing: String(decoding: body, as: UTF8.self))
        } catch {
            throw APIError.detail("JSON parse error - \(error)", status: .badRequest)
        }
        guard case .object(let object) = json else {
            throw APIError.fields([("non_field_errors", ["Invalid data. Expected a dictionary, but got \(json.pythonName)."])])
        }
        return object
    }
}

extension HTTPFields {
    /// The value of a header by its name in lower case.
    func value(of name: String) -> String? { first { $0.name.canonicalName == name }?.value }
}
