import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PulpCore

/// Lets a request in, finds its endpoint, and sees to what all answers have in common.
struct APIResponder: HTTPResponder {
    let router: Router
    let authentication: RequestAuthentication
    let rules: AccessRules
    let database: any Database
    let logger: Logger

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let start = ContinuousClock.now
        let correlation = CorrelationID(request.headers)
        var response = await answer(request, correlation, context)
        for field in Self.common { response.headers[field.name] = field.value }
        if response.headers[.vary] == nil { response.headers[.vary] = "Accept" }
        if let name = HTTPField.Name("Correlation-ID") { response.headers[name] = correlation.text }
        logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)", "target": "\(request.uri.path)", "status": "\(response.status.code)",
                "duration": "\(ContinuousClock.now - start)", "correlation_id": "\(correlation.text)",
            ])
        return request.method == .head ? response.withoutBody : response
    }

    private func answer(_ request: Request, _ correlation: CorrelationID, _ context: APIContext) async -> Response {
        let path = request.uri.path
        guard let match = router.match(path) else {
            let isRedirected = (request.method == .get || request.method == .head) && router.match(path + "/") != nil
            return isRedirected
                ? Response(
                    status: .movedPermanently, headers: [.location: path + "/", .contentType: "text/html; charset=utf-8"]) : Self.notFound
        }
        var response = await answer(request, match, correlation, context)
        response.headers[.allow] = match.endpoint.allowed.joined(separator: ", ")
        // Whom a cookie names decides what is answered, where nobody is named otherwise.
        if request.headers[.authorization] == nil, !match.endpoint.isPublic { response.headers[.vary] = "Accept, Cookie" }
        return response
    }

    private func answer(
        _ request: Request, _ match: Router.Match, _ correlation: CorrelationID, _ context: APIContext
    ) async -> Response {
        do {
            guard let operation = match.endpoint[request.method] else {
                if !match.endpoint.isPublic, try await authentication.user(request) == nil { throw APIError.unauthorized() }
                if request.method == .options { return .empty(.ok) }
                throw APIError.detail("Method \"\(request.method.rawValue)\" not allowed.", status: .methodNotAllowed)
            }
            // Before the body: nobody else's is read.
            let user = operation.isPublic ? nil : try await authentication.user(request)
            let access = try await RequestAccess(rules, user, to: operation, of: match).admitted(to: operation, database)
            guard request.headers[.accept].map(Self.acceptsJSON) ?? true else {
                throw APIError.detail("Could not satisfy the request Accept header.", status: .notAcceptable)
            }
            let origin = TaskOrigin(correlationID: correlation.text, user: user?.id, isAdministrator: user?.isAdministrator == true)
            return try await TaskOrigin.$current.withValue(origin) {
                try await operation.handle(
                    APIRequest(request, parameters: match.parameters, access: access, proceed: context.proceeding(with: request)))
            }
        } catch let error as DatabaseError where error.code == .unavailable || error.code == .busy {
            logger.warning("the database is away", metadata: ["target": "\(request.uri.path)", "error": "\(error)"])
            return APIError.detail(
                "The database is away. Try again in a moment.", status: .serviceUnavailable, headers: [.retryAfter: "5"]
            ).response
        } catch {
            if let refusal = APIError(error) { return refusal.response }
            logger.error(
                "a request failed",
                metadata: [
                    "method": "\(request.method)", "target": "\(request.uri.path)", "error": "\(error)",
                    "correlation_id": "\(correlation.text)",
                ])
            return APIError.detail("Internal server error.", status: .internalServerError).response
        }
    }

    /// What all of Pulp's answers say to browsers.
    private static let common: HTTPFields = [
        .xFrameOptions: "DENY", .xContentTypeOptions: "nosniff", .referrerPolicy: "same-origin",
        .crossOriginOpenerPolicy: "same-origin", .accessControlExposeHeaders: "Correlation-ID",
    ]

    private static func acceptsJSON(_ accept: String) -> Bool {
        accept.split(separator: ",").contains { range in
            let type = range.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
            return ["*/*", "application/*", "application/json", "application/vnd.oai.openapi", "text/html", ""].contains(type)
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

extension HTTPField.Name {
    fileprivate static let xFrameOptions = HTTPField.Name("X-Frame-Options") ?? .vary
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .vary
    fileprivate static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy") ?? .vary
}
