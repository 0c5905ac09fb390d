import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PulpCore

/// Finds the endpoint of a path, which must be exact: one without its slash at the end is redirected to the one with it.
struct APIResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    private let endpoints: [String: Endpoint]
    private let logger: Logger

    /// - Parameter root: what the paths of the endpoints stand below; ends with a slash.
    init(root: String, _ endpoints: [Endpoint], logger: Logger) {
        self.endpoints = Dictionary(
            endpoints.map { (root + $0.path, $0) }, uniquingKeysWith: { first, _ in preconditionFailure("\(first.path) twice") })
        self.logger = logger
    }

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let start = ContinuousClock.now
        let response = await answer(request)
        logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)", "target": "\(request.uri.path)", "status": "\(response.status.code)",
                "duration": "\(ContinuousClock.now - start)",
            ])
        return request.method == .head ? response.withoutBody : response
    }

    private func answer(_ request: Request) async -> Response {
        let path = request.uri.path
        guard let endpoint = endpoints[path] else {
            let isRedirected = endpoints[path + "/"] != nil && (request.method == .get || request.method == .head)
            return isRedirected ? Response(status: .movedPermanently, headers: [.location: path + "/"]) : Self.notFound
        }
        do {
            return try await endpoint.respond(to: request)
        } catch let error as DatabaseError where error.code == .unavailable || error.code == .busy {
            logger.warning("the database is away", metadata: ["target": "\(path)", "error": "\(error)"])
            var response = Response.json(["detail": "The database is away. Try again in a moment."], status: .serviceUnavailable)
            response.headers[.retryAfter] = "5"
            return response
        } catch {
            logger.error(
                "a request failed",
                metadata: [
                    "method": "\(request.method)", "target": "\(path)", "error": "\(error)",
                ])
            return .json(["detail": "Internal server error."], status: .internalServerError)
        }
    }

    private static let notFound = Response(
        status: .notFound, headers: [.contentType: "text/html; charset=utf-8"],
        body: ResponseBody(
            byteBuffer: ByteBuffer(
                string: """

                    <!doctype html>
                    <html lang="en">
                    <head>
                      <title>Not Found</title>
                    </head>
                    <body>
                      <h1>Not Found</h1><p>The requested resource was not found on this server.</p>
                    </body>
                    </html>

                    """)))
}

extension Response {
    /// The same head, for HEAD: the length is that of the body which is not sent.
    fileprivate var withoutBody: Response {
        var response = self
        if let length = body.contentLength { response.headers[.contentLength] = String(length) }
        response.body = ResponseBody()
        return response
    }
}
