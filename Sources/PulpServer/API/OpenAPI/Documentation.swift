import HTTPTypes
import Hummingbird
import PulpCore

/// `docs/`: what the API says of itself, for programs and for people.
struct Documentation: Sendable {
    /// All that is documented, the documentation too.
    let document: OpenAPIDocument

    /// - Parameter endpoints: all others.
    init(api: API, endpoints: [Endpoint]) {
        document = OpenAPIDocument(
            root: api.hrefs.root, versions: Compatibility.components(api.pulp.plugins).map { ($0.name, $0.version) },
            endpoints: endpoints + Self.files { _ in .empty() })
    }

    var endpoints: [Endpoint] {
        let document = document
        return [page]
            + Self.files { request in
                let json = document.json(OpenAPIDocument.Options(request.query), origin: request.origin)
                guard request.path.hasSuffix(".yaml") else { return .json(json) }
                return Response(
                    status: .ok, headers: [.contentType: "application/yaml"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: json.yaml)))
            }
    }

    /// The documents for programs; their paths have no slash at their ends.
    private static func files(_ answer: @escaping @Sendable (APIRequest) -> Response) -> [Endpoint] {
        [("docs/api.json", Shape.anyObject), ("docs/api.yaml", nil)].map { (path: String, shape: Shape?) in
            let operation = Operation(
                action: "get", parameters: Operation.Parameter.fieldSelection, answers: [Operation.Answer(status: .ok, shape: shape)]
            ) { answer($0) }
            return Endpoint(paths: ResourcePaths(path), path: path, href: nil, operations: [.get: operation.forEverybody])
        }
    }

    private var page: Endpoint {
        let operation = Operation(action: "read", answers: [Operation.Answer(status: .ok, shape: nil)]) { [document] _ in
            Response(
                status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: DocumentationPage(document: document).html)))
        }
        return ResourcePaths("docs").all([.get: operation.forEverybody])
    }
}
