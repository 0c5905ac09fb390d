import PulpCore

/// The options that set the fields of a new resource.
enum Creation<R: Resource>: OptionSource {
    static var options: [DerivedOption] { R.schema.options(for: .create) }
}

/// The options that set fields of a resource that exists, and that its name finds.
enum Modification<R: Resource>: OptionSource {
    static var options: [DerivedOption] { R.schema.options(for: .update) }
}

extension Schema where R: Resource {
    /// The fields that a command may set, as options.
    func options(for change: Change) -> [DerivedOption] {
        let defaults = encode(R())
        return settable(by: change).map { field in
            FieldOption(field).derived(
                summary: field.summary, isRequired: change == .create && field.traits.contains(.required),
                fallback: change == .create ? defaults[field.name] : nil)
        }
    }

    /// What a command that was given these options does to a resource.
    /// - Parameters:
    ///   - read: reads a file that a value names with `@`.
    ///   - resolve: finds the PRN of a resource that is referred to by its name.
    func body(
        of given: [String: GivenOption], read: (String) throws -> String,
        resolve: (ResourceTable, String) async throws -> String
    ) async throws -> JSON.Object {
        var body = JSON.Object()
        for field in fields {
            guard let given = given[field.name] else { continue }
            var json = try FieldOption(field).json(of: given, read: read)
            if case .reference(let table) = field.type.unwrapped, case .string(let name) = json {
                json = .string(try await resolve(table, name))
            }
            if case .list(.reference(let table)) = field.type.unwrapped, case .array(let names) = json {
                var prns: [JSON] = []
                for case .string(let name) in names { prns.append(.string(try await resolve(table, name))) }
                json = .array(prns)
            }
            body[field.name] = json
        }
        return body
    }

    private func settable(by change: Change) -> [Field<R>] {
        fields.filter { field in
            if !field.traits.isDisjoint(with: [.readOnly, .internal]) { return false }
            return change == .create || !(field.traits.contains(.writeOnce) || field.name == "name")
        }
    }
}
