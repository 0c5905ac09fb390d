import HTTPTypes
import Hummingbird
import PulpCore

/// `docs/`: what the API says of itself, for programs and for people.
struct Documentation: Sendable {
    let document: OpenAPIDocument

    init(api: API, endpoints: [Endpoint]) {
        document = OpenAPIDocument(
            root: api.hrefs.root, versions: Compatibility.components(api.pulp.plugins).map { ($0.name, $0.version) }, endpoints: endpoints)
    }

    var endpoints: [Endpoint] {
        [
            file("docs/api.json", .anyObject) { request in .json(document(for: request)) },
            file("docs/api.yaml", nil) { request in
                Response(
                    status: .ok, headers: [.contentType: "application/yaml"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: document(for: request).yaml)))
            },
        ]
    }

    private func document(for request: APIRequest) -> JSON {
        document.json(OpenAPIDocument.Options(request.query), origin: request.origin)
    }

    /// A path without a slash at its end.
    private func file(_ path: String, _ shape: Shape?, _ answer: @escaping @Sendable (APIRequest) -> Response) -> Endpoint {
        let operation = Operation(
            action: "get", parameters: Operation.Parameter.fieldSelection, answers: [Operation.Answer(status: .ok, shape: shape)]
        ) { answer($0) }
        return Endpoint(paths: ResourcePaths(path), path: path, href: nil, operations: [.get: operation.forEverybody])
    }
}
