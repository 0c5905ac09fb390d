extension AccessPolicy {
    /// The members of a body that a policy has.
    public static let names = ["statements", "creation_hooks", "queryset_scoping"]

    /// The policy as the API shows it.
    public var object: JSON.Object {
        [
            "statements": .array(statements.map(\.json)),
            "creation_hooks": creationHooks.map { .array($0.map(\.json)) } ?? .null,
            "queryset_scoping": isScoped ? ["function": .string(Self.scoping)] : .null,
        ]
    }

    private static let scoping = "scope_queryset"

    /// Changes what a body has of a policy.
    /// - Throws: ``ValidationError`` with everything that is wrong; nothing is changed then.
    public mutating func apply(_ body: JSON.Object, _ change: FieldChange) throws(ValidationError) {
        var changed = self
        var problems: [ValidationError.Problem] = []
        func take(_ name: String, _ body: () throws(InvalidField) -> Void) {
            do { try body() } catch { problems.append(.init(field: name, message: error.message)) }
        }
        if body["statements"] == nil, change != .update {
            problems.append(.init(field: "statements", message: "This field is required."))
        }
        for (name, value) in body.members {
            switch name {
            case "statements":
                take(name) { () throws(InvalidField) in changed.statements = try value.elements(Statement.init(json:)) }
            case "creation_hooks", "permissions_assignment":
                // The second is the first under an older name, which says null.
                if value == .null, name == "permissions_assignment" { continue }
                take(name) { () throws(InvalidField) in
                    changed.creationHooks = value == .null ? nil : try value.elements(CreationHook.init(json:))
                }
            case "queryset_scoping":
                take(name) { () throws(InvalidField) in changed.isScoped = try Self.isScoped(value) }
            default: problems.append(.init(field: name, message: "Unexpected field"))
            }
        }
        guard problems.isEmpty else { throw ValidationError(problems: problems) }
        self = changed
    }

    private static func isScoped(_ json: JSON) throws(InvalidField) -> Bool {
        if json == .null { return false }
        guard let function = json["function"]?.stringValue else { throw InvalidField("This field needs a \"function\".") }
        guard function == scoping else {
            throw InvalidField("Queryset scoping method \(function) is not present on this view set.")
        }
        return true
    }
}

extension AccessPolicy.Statement {
    /// Reads a statement, whose members may each be one text or a list of them.
    init(json: JSON) throws(InvalidField) {
        guard case .object(let object) = json else { throw InvalidField("A statement must be an object.") }
        let known = ["action", "principal", "effect", "condition", "conditions"]
        for name in object.names where !known.contains(name) {
            throw InvalidField("A statement has no \"\(name)\".")
        }
        guard let effect = object["effect"]?.stringValue.flatMap(AccessPolicy.Effect.init) else {
            throw InvalidField("A statement needs the \"effect\" \"allow\" or \"deny\".")
        }
        self.init(
            actions: try Self.texts("action", of: object, isRequired: true),
            principals: try Self.texts("principal", of: object, isRequired: true), effect: effect,
            conditions: try (Self.texts("condition", of: object) + Self.texts("conditions", of: object)).map { (text) in
                AccessCondition(text)
            }, json: json)
    }

    private static func texts(_ name: String, of object: JSON.Object, isRequired: Bool = false) throws(InvalidField) -> [String] {
        switch object[name] {
        case nil where !isRequired, .null? where !isRequired: return []
        case .string(let text)?: return [text]
        case .array(let elements)?:
            let texts = elements.compactMap(\.stringValue)
            if texts.count == elements.count, !texts.isEmpty || !isRequired { return texts }
        default: break
        }
        throw InvalidField("The \"\(name)\" of a statement must be text, or a list of it.")
    }
}

extension JSON {
    /// The values that the elements of a list stand for.
    func elements<Value>(_ read: (JSON) throws(InvalidField) -> Value) throws(InvalidField) -> [Value] {
        guard case .array(let elements) = self else {
            throw InvalidField("Expected a list of items but got type \"\(pythonName)\".")
        }
        var values: [Value] = []
        for element in elements { values.append(try read(element)) }
        return values
    }
}
