/// A kind whose ids other kinds refer to; says in which table they are.
public protocol Referable: Sendable {
    static var table: ResourceTable { get }
}

extension ID: FieldValue where Resource: Referable {
    public static var fieldType: FieldType { .reference(Resource.table) }
    public var json: JSON { .string(prn) }

    public init(json: JSON) throws(InvalidField) {
        let text = try String(json: json)
        guard text.hasPrefix("prn:"), text.split(separator: ":").count == 3 else {
            throw InvalidField("URI not valid: \(text)")
        }
        self.init(prn: text)
    }
}
