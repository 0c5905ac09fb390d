import HTTPTypes
import Hummingbird
import NIOCore
import PulpCore

/// A request to the REST API, whose body is read when somebody asks for it.
struct APIRequest: Sendable {
    /// How large a body may be that is read whole, in bytes.
    static let largestBody = 32 << 20
    /// How many fields a form may have.
    static let mostFields = FormLimits().parts

    let method: HTTPRequest.Method
    /// Decoded, without the query.
    let path: String
    let query: QueryItems
    let headers: HTTPFields
    /// Scheme and authority by which the client knows this server: `http://127.0.0.1:24817`.
    let origin: String
    /// The body as it comes: who reads it asks ``RequestAccess/permit(naming:in:)`` for what it names before doing anything.
    private let stream: Hummingbird.RequestBody
    /// Tells a client that waits for it to send the body.
    private let proceed: (@Sendable () async throws -> Void)?
    /// What the path has in place of the names in braces.
    let parameters: [String: String]
    /// Who asks, and what is permitted.
    let access: RequestAccess

    /// - Parameter proceed: asks a client for the body that waits to be asked.
    init(
        _ request: Request, parameters: [String: String], access: RequestAccess, proceed: (@Sendable () async throws -> Void)? = nil
    ) {
        (method, path, headers) = (request.method, request.uri.path, request.headers)
        query = QueryItems(request.uri.query ?? "")
        (self.parameters, self.access, stream, self.proceed) = (parameters, access, request.body, proceed)
        // Behind a proxy, the address that the proxy was asked for.
        let scheme = request.headers.value(of: "x-forwarded-proto") ?? "http"
        let authority = request.headers.value(of: "x-forwarded-host") ?? request.head.authority ?? "localhost"
        origin = "\(scheme)://\(authority)"
    }

    /// Who asks; nil for one who does not say it, where everybody may ask.
    var user: User? { access.user }

    /// The body's media type, in small letters and without parameters; that of JSON when the client says none.
    var mediaType: String {
        headers[.contentType].map { $0.prefix { $0 != ";" }.filter { $0 != " " }.lowercased() } ?? "application/json"
    }

    /// The members of the body, whatever its media type; none when there is no body.
    /// - Parameter lists: the members that forms may repeat.
    /// - Throws: ``APIError`` when the type is not supported, or the body is not what its type says.
    func object(lists: Set<String> = []) async throws -> JSON.Object {
        try await withForm(lists: lists, into: { _ in nil }, { object, _ in object })
    }

    /// Lends the members of the body, whatever its media type, and the files that come with it, to a closure.
    ///
    /// Afterwards every file that was not committed is discarded.
    /// - Parameters:
    ///   - lists: the members that forms may repeat.
    ///   - sink: where the bytes of a file go; nil when no file of this name is wanted.
    /// - Throws: ``APIError`` as ``object(lists:)``, and for a file that nobody wants; what a sink or the closure throws.
    func withForm<Value>(
        lists: Set<String>, into sink: @escaping @Sendable (FormPart) async throws -> FormReader.Sink?,
        _ use: (JSON.Object, [Form.File]) async throws -> Value
    ) async throws -> Value {
        if headers[.contentLength] == "0" || (headers[.contentLength] == nil && headers[.transferEncoding] == nil) {
            return try await use([:], [])
        }
        switch mediaType {
        case "application/json": return try await use(try JSON.Object(body: try await bytes()), [])
        case "application/x-www-form-urlencoded":
            let form = QueryItems(String(decoding: try await bytes(), as: UTF8.self))
            guard form.items.count <= Self.mostFields else {
                throw APIError.detail("The form has more than \(Self.mostFields) fields.", status: .contentTooLarge)
            }
            return try await use(JSON.Object(form: form.items, lists: lists), [])
        case "multipart/form-data":
            let reader = try FormReader(contentType: headers[.contentType] ?? "", sink: sink)
            return try await reader.withForm(try await body()) { form in
                try await use(JSON.Object(form: form.texts.map { ($0.name, $0.value) }, lists: lists), form.files)
            }
        default: throw APIError.unsupportedMediaType(headers[.contentType] ?? "")
        }
    }

    /// The body as it comes.
    private func body() async throws -> Hummingbird.RequestBody {
        try await proceed?()
        return stream
    }

    private func bytes() async throws -> [UInt8] {
        do {
            return Array(buffer: try await body().collect(upTo: Self.largestBody))
        } catch is NIOTooManyBytesError {
            throw APIError.detail("Request body exceeded \(Self.largestBody) bytes.", status: .contentTooLarge)
        }
    }
}

extension JSON.Object {
    /// A JSON body.
    /// - Throws: ``APIError`` when it is none, or no object.
    fileprivate init(body: [UInt8]) throws {
        if body.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) {
            self = [:]
            return
        }
        let json: JSON
        do {
            json = try JSON(parsing: body)
        } catch {
            throw APIError.detail("JSON parse error - \(error)", status: .badRequest)
        }
        guard case .object(let object) = json else {
            throw APIError.fields([("non_field_errors", ["Invalid data. Expected a dictionary, but got \(json.pythonName)."])])
        }
        self = object
    }

    /// The fields of a form: the last of several with one name counts, but in lists; `a.b` is the member `b` of the object `a`.
    init(form items: [(name: String, value: String)], lists: Set<String>) {
        self.init()
        for (name, value) in items {
            if let dot = name.firstIndex(of: ".") {
                let outer = String(name[..<dot])
                var object: JSON.Object = if case .object(let object)? = self[outer] { object } else { [:] }
                object[String(name[name.index(after: dot)...])] = .string(value)
                self[outer] = .object(object)
            } else if lists.contains(name), !value.hasPrefix("[") {
                let before: [JSON] = if case .array(let elements)? = self[name] { elements } else { [] }
                self[name] = .array(before + [.string(value)])
            } else {
                self[name] = .string(value)
            }
        }
    }
}

extension HTTPFields {
    /// The value of a header by its name in lower case.
    func value(of name: String) -> String? { first { $0.name.canonicalName == name }?.value }
}
