/// A kind whose ids other kinds refer to; says in which table they are.
public protocol Referable: Sendable {
    /// The table that the rows of this kind are in.
    static var table: ResourceTable { get }
}

extension ID: FieldValue where Resource: Referable {
    /// A reference into the table of the kind.
    public static var fieldType: FieldType { .reference(Resource.table) }
    /// The PRN as a JSON string.
    public var json: JSON { .string(prn) }

    /// Takes a PRN; only its form is checked, neither its kind nor whether the resource exists.
    public init(json: JSON) throws(InvalidField) {
        let text = try String(json: json)
        guard text.hasPrefix("prn:"), text.split(separator: ":").count == 3 else {
            throw InvalidField("URI not valid: \(text)")
        }
        self.init(prn: text)
    }
}
