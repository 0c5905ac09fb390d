import HTTPTypes
import PulpCore

/// What the API says of itself, in the terms of OpenAPI 3.0.3: derived from the endpoints that answer.
///
/// As Pulp's own document, by default it has hrefs for paths, `{file_file_remote_href}`, from which Pulp's clients were made.
struct OpenAPIDocument: Sendable {
    /// Which document is asked for.
    struct Options: Sendable, Hashable {
        /// Whether paths are written as paths, with keys in them: what other tools expect.
        var hasKeyPaths = false
        /// Whether it is made into bindings: ids of operations without what their tags say already.
        var isForBindings = false
        /// The parts that are wanted: `core`, or a plugin's name; nil for all.
        var components: Set<String>?

        init(_ query: QueryItems) {
            hasKeyPaths = query["pk_path"] != nil
            isForBindings = query["bindings"] != nil
            components = (query.list("component") ?? query.list("plugin")).map { Set($0.map { $0 == "pulpcore" ? "core" : $0 }) }
        }
    }

    let root: String
    let versions: [(name: String, version: String)]
    let endpoints: [Endpoint]

    /// - Parameter origin: where the server is: scheme and authority.
    func json(_ options: Options, origin: String) -> JSON {
        let served = endpoints.filter { options.components?.contains($0.paths.plugin) ?? true }
        var paths = JSON.Object()
        var components = SchemaComponents()
        for endpoint in served {
            var item = JSON.Object()
            for (method, operation) in endpoint.operations.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                item[method.rawValue.lowercased()] = json(operation, endpoint, options, &components)
            }
            paths[path(of: endpoint, options)] = .object(item)
        }
        return [
            "openapi": "3.0.3",
            "info": [
                "title": "Pulp 3 API", "version": "v3",
                "x-pulp-app-versions": .object(
                    JSON.Object(
                        versions.filter { options.components?.contains($0.name) ?? true }.map {
                            (name: $0.name, value: .string($0.version))
                        })),
                "x-pulp-domain-enabled": false,
            ],
            "paths": .object(paths),
            "components": [
                "schemas": .object(components.schemas),
                "securitySchemes": [
                    "basicAuth": ["type": "http", "scheme": "basic"],
                    "cookieAuth": ["type": "apiKey", "in": "cookie", "name": "sessionid"],
                ],
            ],
            "servers": [["url": .string(origin + "/")]],
        ]
    }

    /// `/pulp/api/v3/remotes/file/file/`, `{file_file_remote_href}`, `{file_file_repository_href}sync/`.
    func path(of endpoint: Endpoint, _ options: Options = Options(QueryItems(""))) -> String {
        if !options.hasKeyPaths, let href = endpoint.href, let end = endpoint.path.lastIndex(of: "}") {
            // The href has the slash behind it.
            return "{\(href)}" + endpoint.path[endpoint.path.index(after: end)...].dropFirst()
        }
        return root + endpoint.path
    }

    private func json(
        _ operation: Operation, _ endpoint: Endpoint, _ options: Options, _ components: inout SchemaComponents
    ) -> JSON {
        let id = endpoint.id(of: operation)
        var object: JSON.Object = [
            "operationId": .string(options.isForBindings ? operation.id ?? operation.action : id),
            "parameters": .array(parameters(operation, endpoint, options, &components)),
            "tags": [.string(endpoint.paths.tag)],
        ]
        if let request = operation.request {
            let schema = components.schema(.object(request.shape))
            object["requestBody"] = [
                "content": .object(JSON.Object(request.types.map { (name: $0, value: ["schema": schema]) })), "required": true,
            ]
        }
        object["security"] = operation.isPublic ? [[:]] : [["basicAuth": []], ["cookieAuth": []]]
        object["responses"] = .object(
            JSON.Object(
                operation.answers.map { answer in
                    var response: JSON.Object = ["description": .string(answer.status.reasonPhrase)]
                    if let shape = answer.shape {
                        response["content"] = ["application/json": ["schema": components.schema(shape)]]
                    }
                    return (name: String(answer.status.code), value: .object(response))
                }))
        return .object(object)
    }

    private func parameters(
        _ operation: Operation, _ endpoint: Endpoint, _ options: Options, _ components: inout SchemaComponents
    ) -> [JSON] {
        var parameters: [JSON] = [
            [
                "in": "header", "name": "X-Task-Diagnostics",
                "schema": components.schema(.list(.text)),
            ]
        ]
        let keys = options.hasKeyPaths ? endpoint.parameterNames : endpoint.href.map { [$0] } ?? []
        for key in keys {
            parameters.append(["in": "path", "name": .string(key), "schema": ["type": "string"], "required": true])
        }
        for parameter in operation.parameters {
            var object: JSON.Object = [
                "in": "query", "name": .string(parameter.name), "schema": components.schema(parameter.shape),
            ]
            if case .list = parameter.shape.kind, !parameter.isRepeated { (object["explode"], object["style"]) = (false, "form") }
            parameters.append(.object(object))
        }
        return parameters
    }
}
