import PulpCore

/// What two documents must agree about in an operation, flattened to lines, so that a difference can be read.
struct Contract: Sendable {
    let path: String
    let tag: String
    var lines: Set<String> = []

    /// The operations of a document, by their ids.
    static func operations(of document: JSON) -> [String: Contract] {
        guard case .object(let paths)? = document["paths"] else { return [:] }
        var contracts: [String: Contract] = [:]
        for item in paths {
            guard case .object(let operations) = item.value else { continue }
            for operation in operations {
                guard let id = operation.value["operationId"]?.stringValue else { continue }
                var contract = Contract(path: "\(operation.name) \(item.name)", tag: operation.value["tags"]?.first?.stringValue ?? "")
                contract.read(operation.value, of: document)
                contracts[id] = contract
            }
        }
        return contracts
    }

    private mutating func read(_ operation: JSON, of document: JSON) {
        for parameter in operation["parameters"]?.elements ?? [] {
            let name = parameter["name"]?.stringValue ?? "?"
            lines.insert(
                "parameter \(name): \(type(parameter["schema"] ?? [:], document))\(parameter["explode"] == false ? " with commas" : "")")
            for choice in choices(parameter["schema"] ?? [:], document) { lines.insert("parameter \(name) may be \(choice)") }
        }
        if let content = operation["requestBody"]?["content"], case .object(let types) = content, let body = types.members.first {
            for type in types.names { lines.insert("takes \(type)") }
            lines.formUnion(members(body.value["schema"] ?? [:], "request", document))
        }
        if case .object(let answers)? = operation["responses"] {
            for answer in answers {
                lines.insert("answers \(answer.name)")
                if let schema = answer.value["content"]?["application/json"]?["schema"] {
                    lines.formUnion(members(schema, answer.name, document))
                }
            }
        }
    }

    private func members(_ schema: JSON, _ place: String, _ document: JSON) -> Set<String> {
        let schema = resolved(schema, document)
        guard case .object(let properties)? = schema["properties"] else { return ["\(place): \(type(schema, document))"] }
        let required = Set((schema["required"]?.elements ?? []).compactMap(\.stringValue))
        var lines: Set<String> = []
        for property in properties {
            let inner = resolved(property.value, document)
            var notes = type(property.value, document)
            if required.contains(property.name) { notes += " required" }
            if property.value["readOnly"] == true { notes += " read-only" }
            if property.value["writeOnly"] == true { notes += " write-only" }
            if inner["nullable"] == true { notes += " nullable" }
            lines.insert("\(place) \(property.name): \(notes)")
            for choice in choices(inner, document) { lines.insert("\(place) \(property.name) may be \(choice)") }
            if case .object? = inner["properties"] { lines.formUnion(members(inner, "\(place) \(property.name)", document)) }
            if let element = inner["items"], case .object? = resolved(element, document)["properties"] {
                lines.formUnion(members(element, "\(place) \(property.name)", document))
            }
        }
        return lines
    }

    private func type(_ schema: JSON, _ document: JSON) -> String {
        let schema = resolved(schema, document)
        let name = schema["type"]?.stringValue ?? "any"
        switch name {
        case "array": return "[\(type(schema["items"] ?? [:], document))]"
        case "object": return schema["additionalProperties"].map { "{\(type($0, document))}" } ?? "object"
        default: return schema["format"]?.stringValue.map { "\(name)(\($0))" } ?? name
        }
    }

    private func choices(_ schema: JSON, _ document: JSON) -> [String] {
        ((schema["enum"] ?? schema["items"].map { resolved($0, document) }?["enum"])?.elements ?? []).compactMap(\.stringValue)
    }

    private func resolved(_ schema: JSON, _ document: JSON) -> JSON {
        if let reference = schema["$ref"]?.stringValue, let name = reference.split(separator: "/").last {
            return resolved(document["components"]?["schemas"]?[String(name)] ?? [:], document)
        }
        if let part = schema["allOf"]?.elements?.first { return resolved(part, document) }
        return schema
    }
}

extension JSON {
    var elements: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
    var first: JSON? { elements?.first }
}
