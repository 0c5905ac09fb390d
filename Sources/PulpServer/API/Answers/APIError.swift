import HTTPTypes
import Hummingbird
import PulpCore

/// An answer that says why a request was refused, as Pulp says it.
struct APIError: Error, Hashable {
    let status: HTTPResponse.Status
    let body: JSON
    var headers: HTTPFields = [:]

    /// `{"detail": …}`.
    static func detail(_ text: String, status: HTTPResponse.Status, headers: HTTPFields = [:]) -> Self {
        APIError(status: status, body: ["detail": .string(text)], headers: headers)
    }

    /// Everything that is wrong with a body or a query, by field.
    static func fields(_ problems: [(name: String, messages: [String])]) -> Self {
        APIError(
            status: .badRequest,
            body: .object(JSON.Object(problems.map { (name: $0.name, value: .array($0.messages.map { .string($0) })) })))
    }

    /// What is wrong with one field of a body.
    static func field(_ name: String, _ message: String) -> Self { fields([(name, [message])]) }

    /// What is wrong with a body as a whole.
    static func nonField(_ message: String) -> Self { field("non_field_errors", message) }

    /// What is wrong with the parameters of a query themselves.
    static func errors(_ messages: [String]) -> Self {
        APIError(status: .badRequest, body: ["errors": .array(messages.map { .string($0) })])
    }

    /// There is no such thing.
    /// - Parameter model: the name by which Pulp knows the kind.
    static func notFound(_ model: String) -> Self { detail("No \(model) matches the given query.", status: .notFound) }

    /// Nobody may do this but others.
    static let forbidden = detail("You do not have permission to perform this action.", status: .forbidden)

    /// Who asks must say who it is, and know the password.
    static func unauthorized(_ text: String = "Authentication credentials were not provided.") -> Self {
        .detail(text, status: .unauthorized, headers: [.wwwAuthenticate: "Basic realm=\"api\""])
    }

    /// The body is of a type that nobody here reads.
    static func unsupportedMediaType(_ type: String) -> Self {
        detail("Unsupported media type \"\(type)\" in request.", status: .unsupportedMediaType)
    }

    var response: Response {
        var response = Response.json(body, status: status)
        for field in headers { response.headers.append(field) }
        return response
    }
}

extension APIError {
    /// What an error of the core means to a client; nil for one that is the server's own.
    init?(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as ValidationError: self.init(error)
        case let error as PulpError: self.init(error)
        case let error as DatabaseError where error.code == .invalidPattern: self = .errors([error.message])
        default: return nil
        }
    }

    private init(_ error: ValidationError) {
        var names: [String] = []
        var messages: [String: [String]] = [:]
        for problem in error.problems {
            let name = problem.field ?? "non_field_errors"
            if messages[name] == nil { names.append(name) }
            messages[name, default: []].append(problem.message)
        }
        var object = JSON.Object(names.map { name in (name: name, value: .array((messages[name] ?? []).map { .string($0) })) })
        // As Pulp nests it.
        if messages["base_path"]?.contains(where: { $0.hasPrefix("Overlaps") }) == true {
            object["base_path"] = ["base_path": "Overlaps with an existing distribution."]
        }
        self = APIError(status: .badRequest, body: .object(object))
    }

    private init?(_ error: PulpError) {
        switch error.code {
        case .notFound: self = .detail(error.message, status: .notFound)
        case .forbidden: self = .detail(error.message, status: .forbidden)
        case .conflict: self = .detail(error.message, status: .conflict)
        case .forbidden: self = .detail(error.message, status: .forbidden)
        case .invalid, .protected, .versionDeletion, .urlScheme, .digestMismatch, .sizeMismatch, .missingDigest, .unsupportedDigest,
            .overwrite, .duplicateContent,
            // What a client had fetched while it waits: the URL is its own.
            .timeout, .hostNotFound, .http, .connection, .tls, .proxyAuthentication:
            self = APIError(status: .badRequest, body: [.string(error.message)])
        default: return nil
        }
    }
}
