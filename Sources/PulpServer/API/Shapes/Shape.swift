import PulpCore

/// What a value in a request or an answer is, in the terms of OpenAPI 3.0.
struct Shape: Sendable, Hashable {
    indirect enum Kind: Sendable, Hashable {
        case any, text, integer, number, boolean
        case choice([String])
        case list(Shape)
        /// An object whose members have any names and one shape.
        case map(Shape)
        case object(ObjectShape)
    }

    var kind: Kind
    /// OpenAPI's `format`: `uri`, `date-time`, `binary`.
    var format: String?
    var isNullable = false

    static let any = Shape(kind: .any)
    static let text = Shape(kind: .text)
    static let uri = Shape(kind: .text, format: "uri")
    static let moment = Shape(kind: .text, format: "date-time")
    static let uuid = Shape(kind: .text, format: "uuid")
    static let file = Shape(kind: .text, format: "binary")
    static let boolean = Shape(kind: .boolean)
    static let integer = Shape(kind: .integer, format: "int64")
    static let number = Shape(kind: .number, format: "double")
    /// An object of which nothing more is said.
    static let anyObject = Shape.object(ObjectShape(name: nil, members: []))

    static func choice(_ values: [String]) -> Shape { Shape(kind: .choice(values)) }
    static func list(_ element: Shape) -> Shape { Shape(kind: .list(element)) }
    static func map(_ value: Shape) -> Shape { Shape(kind: .map(value)) }
    static func object(_ shape: ObjectShape) -> Shape { Shape(kind: .object(shape)) }

    /// The same, or null.
    var orNull: Shape {
        var shape = self
        shape.isNullable = true
        return shape
    }

    /// What a field holds, with hrefs in place of ids.
    init(_ type: FieldType) {
        switch type {
        case .text: self = .text
        case .integer: self = .integer
        case .number: self = .number
        case .boolean: self = .boolean
        case .timestamp: self = .moment
        case .labels: self = .map(Shape.text.orNull)
        case .json: self = .any
        case .choice(let values): self = .choice(values)
        case .reference: self = .uri
        case .list(.json): self = .list(.anyObject)
        case .list(let element): self = .list(Shape(element))
        case .nullable(let type): self = Shape(type).orNull
        }
    }

    init(kind: Kind, format: String? = nil) { (self.kind, self.format) = (kind, format) }
}

/// What an object in a request or an answer has.
struct ObjectShape: Sendable, Hashable {
    /// Under which OpenAPI documents know it; nil for one that is not worth a name.
    let name: String?
    let members: [Member]

    struct Member: Sendable, Hashable {
        let name: String
        var shape: Shape
        /// A request must have it, and an answer promises it.
        var isRequired = false
        var isReadOnly = false
        var isWriteOnly = false
        /// What it is where a request does not say.
        var fallback: JSON?
    }

    /// The same under another name, and nothing required.
    func patched() -> ObjectShape {
        ObjectShape(
            name: name.map { "Patched\($0)" },
            members: members.map { member in
                var member = member
                member.isRequired = false
                return member
            })
    }

    /// `{"count", "next", "previous", "results"}`: a page of a list of such objects.
    var page: ObjectShape {
        ObjectShape(
            name: name.map { "Paginated\($0)List" },
            members: [
                Member(name: "count", shape: Shape(kind: .integer), isRequired: true),
                Member(name: "next", shape: Shape.uri.orNull), Member(name: "previous", shape: Shape.uri.orNull),
                Member(name: "results", shape: .list(.object(self)), isRequired: true),
            ])
    }
}
