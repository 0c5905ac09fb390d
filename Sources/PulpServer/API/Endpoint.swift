import HTTPTypes
import Hummingbird
import PulpCore

/// A path of the REST API, and what each method does there; what is not declared is answered as Pulp does.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (Request) async throws -> Response

    /// Below the API root; ends with a slash, as every path of Pulp's API does.
    let path: String
    let methods: [HTTPRequest.Method: Handler]

    /// An endpoint to read from.
    static func get(_ path: String, _ handler: @escaping Handler) -> Self {
        Endpoint(path: path, methods: [.get: handler])
    }

    /// The methods that a client may use, for `Allow`; whoever may GET may HEAD.
    var allowed: [String] {
        let declared = methods.keys.flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }
        let order = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
        return declared.sorted { (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0) } + ["OPTIONS"]
    }

    /// Answers a request to this path.
    func respond(to request: Request) async throws -> Response {
        let allow = allowed.joined(separator: ", ")
        let wanted = request.method == .head ? HTTPRequest.Method.get : request.method
        if let handler = methods[wanted] {
            var response = try await handler(request)
            response.headers[.allow] = allow
            return response
        }
        if request.method == .options {
            return Response(status: .ok, headers: [.allow: allow, .contentLength: "0"])
        }
        var response = Response.json(
            ["detail": .string("Method \"\(request.method.rawValue)\" not allowed.")], status: .methodNotAllowed)
        response.headers[.allow] = allow
        return response
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
