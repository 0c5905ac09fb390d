import HTTPTypes
import Hummingbird
import PulpCore

/// A path of the REST API, and what each method does there; what is not declared is answered as Pulp does.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (APIRequest) async throws -> Response

    /// Below the API root, with a slash at its end, as every path of Pulp's API has; a segment in braces stands for any one.
    let path: String
    let methods: [HTTPRequest.Method: Handler]
    /// Whether it answers everybody.
    var isPublic = false

    /// An endpoint to read from.
    static func get(_ path: String, _ handler: @escaping Handler) -> Self {
        Endpoint(path: path, methods: [.get: handler])
    }

    /// The names in braces, in the path's order.
    var parameterNames: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// The methods that a client may use, for `Allow`; whoever may GET may HEAD.
    var allowed: [String] {
        let declared = methods.keys.flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }
        let order = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
        return declared.sorted { (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0) } + ["OPTIONS"]
    }

    /// Answers a request to this path.
    func respond(to request: APIRequest) async throws -> Response {
        let wanted = request.method == .head ? HTTPRequest.Method.get : request.method
        if let handler = methods[wanted] { return try await handler(request) }
        if request.method == .options { return Response(status: .ok, headers: [.contentLength: "0"]) }
        throw APIError.detail("Method \"\(request.method.rawValue)\" not allowed.", status: .methodNotAllowed)
    }
}

extension Response {
    /// A JSON document.
    static func json(_ value: JSON, status: HTTPResponse.Status = .ok) -> Response {
        var writer = JSONWriter()
        writer.value(value)
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }
}
