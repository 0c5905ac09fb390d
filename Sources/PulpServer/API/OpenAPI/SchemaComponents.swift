import PulpCore

/// The named objects of a document, gathered while it is written.
struct SchemaComponents: Sendable {
    private(set) var schemas = JSON.Object()
    /// Whether tools validate answers by the document, so that it must be exact where Pulp's is not.
    let isForTools: Bool

    init(isForTools: Bool) { self.isForTools = isForTools }

    /// The format of what really comes: hrefs have neither a scheme nor a host, and who has no mail address has an empty one.
    private static func exact(_ format: String) -> String? {
        switch format {
        case "uri": "uri-reference"
        case "email": nil
        default: format
        }
    }

    /// A shape as JSON Schema, as OpenAPI 3.0 has it.
    mutating func schema(_ shape: Shape) -> JSON {
        var object: JSON.Object = [:]
        switch shape.kind {
        case .any: break
        case .text: object["type"] = "string"
        case .integer: object["type"] = "integer"
        case .number: object["type"] = "number"
        case .boolean: object["type"] = "boolean"
        case .choice(let values): (object["type"], object["enum"]) = ("string", .array(values.map { .string($0) }))
        case .list(let element): (object["type"], object["items"]) = ("array", schema(element))
        case .map(let value):
            (object["type"], object["additionalProperties"]) = ("object", schema(value))
        case .object(let shape):
            guard let name = shape.name else {
                object = self.object(shape)
                break
            }
            if schemas[name] == nil {
                schemas[name] = .null
                schemas[name] = .object(self.object(shape))
            }
            return ["$ref": .string("#/components/schemas/\(name)")]
        }
        if let format = shape.format.flatMap({ isForTools ? Self.exact($0) : $0 }) { object["format"] = .string(format) }
        if shape.isNullable { object["nullable"] = true }
        return .object(object)
    }

    private mutating func object(_ shape: ObjectShape) -> JSON.Object {
        var object: JSON.Object = ["type": "object"]
        var properties: JSON.Object = [:]
        for member in shape.members {
            var property = schema(isForTools && !member.isRequired ? member.shape.orNull : member.shape)
            var notes: JSON.Object = [:]
            if let fallback = member.fallback { notes["default"] = fallback }
            if member.isReadOnly { notes["readOnly"] = true }
            if member.isWriteOnly { notes["writeOnly"] = true }
            if case .object(let object) = property, !notes.isEmpty {
                // Beside a reference nothing else counts.
                let known: JSON.Object = object["$ref"] == nil ? object : ["allOf": [property]]
                property = .object(JSON.Object(known.members + notes.members))
            }
            properties[member.name] = property
        }
        if !properties.isEmpty { object["properties"] = .object(properties) }
        let required = shape.members.filter(\.isRequired).map { JSON.string($0.name) }
        if !required.isEmpty { object["required"] = .array(required) }
        return object
    }
}
