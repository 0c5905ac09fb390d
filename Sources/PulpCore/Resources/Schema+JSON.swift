extension Schema {
    /// The resource as the API shows it: every field but the secret ones.
    public func encode(_ value: R) -> JSON.Object {
        var object = JSON.Object()
        for field in fields where !field.traits.contains(.secret) { object[field.name] = field.json(value) }
        return object
    }

    /// Checks the fields of a value, each for itself, and then all together.
    /// - Throws: ``ValidationError`` with everything that is wrong.
    func check(_ value: R) throws(ValidationError) where R: Resource {
        var problems: [ValidationError.Problem] = []
        for field in fields {
            do throws(InvalidField) { try field.check(value) } catch {
                problems.append(.init(field: field.name, message: error.message))
            }
        }
        guard problems.isEmpty else { throw ValidationError(problems: problems) }
        try value.validate()
    }

    /// What a body may do to a resource.
    public typealias Change = FieldChange

    /// Applies a body to a value, as the fields' own `apply(_:to:_:refusing:)` does.
    /// - Throws: ``ValidationError``; `value` is then as it was.
    public func apply(_ body: JSON.Object, to value: inout R, _ change: Change) throws(ValidationError) {
        try fields.apply(body, to: &value, change)
    }
}

/// What a body may do to a value.
public enum FieldChange: Sendable {
    /// Make a new one: all required fields are needed.
    case create
    /// Replace all that can be replaced: required fields are needed.
    case replace
    /// Change what is given.
    case update
}

extension Array {
    /// Applies a body to a value, and reports every bad member at once, in Pulp's words.
    /// - Parameter refused: members that somebody has found to be wrong already, and why.
    /// - Throws: ``ValidationError``; `value` is then as it was.
    public func apply<Root>(
        _ body: JSON.Object, to value: inout Root, _ change: FieldChange, refusing refused: [String: String] = [:]
    ) throws(ValidationError) where Element == Field<Root> {
        var changed = value
        var problems: [ValidationError.Problem] = []
        let taken = filter { $0.traits.isDisjoint(with: [.readOnly, .internal]) }
        for field in taken {
            if let message = refused[field.name] {
                problems.append(.init(field: field.name, message: message))
                continue
            }
            guard let json = body[field.name] else {
                if field.traits.contains(.required), change != .update {
                    problems.append(.init(field: field.name, message: "This field is required."))
                }
                continue
            }
            if field.traits.contains(.writeOnce), change != .create, json != field.json(value) {
                problems.append(.init(field: field.name, message: "This field cannot be changed."))
                continue
            }
            do throws(InvalidField) {
                if json == .null, field.traits.contains(.nonNull) { throw InvalidField("This field may not be null.") }
                try field.setJSON(&changed, json)
                try field.check(changed)
            } catch {
                problems.append(.init(field: field.name, message: error.message))
            }
        }
        for name in body.names where !taken.contains(where: { $0.name == name }) {
            problems.append(.init(field: name, message: "Unexpected field"))
        }
        guard problems.isEmpty else { throw ValidationError(problems: problems) }
        value = changed
    }
}

/// Everything that is wrong with a body, at once.
public struct ValidationError: Error, Hashable, CustomStringConvertible {
    /// One thing that is wrong with a body.
    public struct Problem: Sendable, Hashable {
        /// The field, or nil when several fields together are wrong.
        public let field: String?
        /// What is wrong, in Pulp's words.
        public let message: String

        /// One thing that is wrong.
        public init(field: String?, message: String) {
            (self.field, self.message) = (field, message)
        }
    }

    /// What is wrong, in the order in which it was found.
    public let problems: [Problem]
    /// A body with these problems.
    public init(problems: [Problem]) { self.problems = problems }

    /// One thing that is wrong.
    public init(_ field: String?, _ message: String) {
        problems = [Problem(field: field, message: message)]
    }

    /// All problems on one line, each after the name of its field.
    public var description: String {
        problems.map { problem in problem.field.map { "\($0): \(problem.message)" } ?? problem.message }
            .joined(separator: "; ")
    }
}
