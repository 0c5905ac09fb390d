import HTTPTypes
import Hummingbird
import PulpCore

/// What one method does at one path, and what is said of it: what routes, documents and permits is derived from it.
struct Operation: Sendable {
    typealias Handler = @Sendable (APIRequest) async throws -> Response

    /// The last part of its id: `list`, `read`, `sync`.
    let action: String
    /// What OpenAPI documents know it by; nil for the words of its path and ``action``.
    var id: String?
    /// What may stand in the query.
    var parameters: [Parameter] = []
    /// What the body has; nil for an operation that takes none.
    var request: RequestShape?
    var answers: [Answer]
    var audience = Audience.permitted
    let handle: Handler

    /// Whom it answers.
    enum Audience: Sendable, Hashable {
        /// Everybody, even one who gives no name.
        case everybody
        /// Every user.
        case authenticated
        /// Whom the access policy of the paths permits it.
        case permitted
    }

    /// Whether it answers everybody, even one who gives no name.
    var isPublic: Bool { audience == .everybody }

    /// What access policies call the action, where Pulp's documents have another word for it.
    var policyAction: String { ["read": "retrieve", "delete": "destroy", "cancel": "partial_update"][action] ?? action }

    /// What it answers with when all is well, or as well as can be.
    struct Answer: Sendable {
        let status: HTTPResponse.Status
        let shape: Shape?

        static func ok(_ shape: ObjectShape) -> Self { Answer(status: .ok, shape: .object(shape)) }
        static func created(_ shape: ObjectShape) -> Self { Answer(status: .created, shape: .object(shape)) }
        static let noContent = Answer(status: .noContent, shape: nil)
        /// `{"task": …}`.
        static let task = Answer(
            status: .accepted,
            shape: .object(
                ObjectShape(
                    name: "AsyncOperationResponse", members: [ObjectShape.Member(name: "task", shape: .uri, isRequired: true)])))
    }

    /// Something in a query, or in the head of a request.
    struct Parameter: Sendable, Hashable {
        enum Place: String, Sendable { case query, header }

        let name: String
        /// A list's values stand behind each other with commas between them.
        let shape: Shape
        /// A list whose parameter is repeated instead.
        var isRepeated = false
        var place = Place.query
    }

    /// What a body has, and in which forms it may come.
    struct RequestShape: Sendable {
        let shape: ObjectShape
        var types = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]

        /// One that brings a file.
        static func file(_ shape: ObjectShape) -> Self {
            RequestShape(shape: shape, types: ["multipart/form-data", "application/x-www-form-urlencoded"])
        }
    }

    /// The same for clients that do not say who they are.
    var forEverybody: Operation { answering(.everybody) }

    /// The same for others.
    func answering(_ audience: Audience) -> Operation {
        var operation = self
        operation.audience = audience
        return operation
    }
}

extension Operation.Parameter {
    /// Which members of the answer's objects are wanted.
    static let fieldSelection = ["fields", "exclude_fields"].map { Self(name: $0, shape: .list(.text), isRepeated: true) }
}
