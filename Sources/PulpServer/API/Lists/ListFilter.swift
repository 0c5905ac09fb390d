import PulpCore

/// A parameter that narrows a list down.
struct ListFilter: Sendable {
    let name: String
    /// What the parameter's value is.
    let shape: Shape
    /// A list whose parameter may be repeated, where others are separated by commas alone.
    var isRepeated = false
    /// What it means for one value.
    /// - Throws: `InvalidField` in Pulp's words.
    let condition: @Sendable (String) throws -> SQL

    init(_ name: String, _ shape: Shape = .text, _ condition: @escaping @Sendable (String) throws -> SQL) {
        (self.name, self.shape) = (name, shape)
        self.condition = { text in
            // No database keeps them.
            if text.utf8.contains(0) { throw InvalidField("Null characters are not allowed.") }
            return try condition(text)
        }
    }

    /// A field's filter.
    init(_ filter: FieldFilter, _ condition: @escaping @Sendable (String) throws -> SQL) {
        self.init(filter.name, filter.shape, condition)
    }

    /// A field's filter, on what is no reference.
    init(_ filter: FieldFilter) { self.init(filter) { try filter.condition($0) } }

    var parameter: Operation.Parameter { Operation.Parameter(name: name, shape: shape, isRepeated: isRepeated) }
}

extension FieldFilter {
    /// What the parameter's value is: text for references, as ids and hrefs are taken.
    var shape: Shape {
        if lookup == .isnull { return .boolean }
        var value = Shape(type.unwrapped)
        if case .reference = type.unwrapped { value = .text }
        if case .integer = value.kind { value.format = nil }
        return lookup == .in || lookup == .range ? .list(value) : value
    }
}
