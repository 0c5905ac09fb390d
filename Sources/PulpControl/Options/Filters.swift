import PulpCore

/// The options that narrow a list down: one for each lookup of each field.
enum Filters<R: Resource>: OptionSource {
    static var options: [DerivedOption] {
        R.schema.fields.flatMap { field in
            Condition.Lookup.allCases.filter { field.lookups.names.contains($0.rawValue) }.map { lookup in
                let condition = Condition(field: field.name, lookup: lookup)
                let name = FieldOption(field).option + (lookup == .exact ? "" : "-\(lookup.rawValue)")
                return DerivedOption(
                    condition.key, names: [name], .text(isRequired: false), lookup.help(of: FieldOption(field).option),
                    placeholder: lookup == .in ? "text,…" : "text", choices: lookup == .exact ? field.choices : [])
            }
        }
    }
}

/// What a field must be for a resource to be listed.
struct Condition: Sendable, Hashable {
    enum Lookup: String, Sendable, CaseIterable {
        case exact, `in`, contains, icontains, startswith

        func help(of option: String) -> String {
            switch self {
            case .exact: "Only with this \(option)."
            case .in: "Only with one of these \(option) values."
            case .contains: "Only where the \(option) contains this."
            case .icontains: "Only where the \(option) contains this, in whatever case."
            case .startswith: "Only where the \(option) begins with this."
            }
        }
    }

    let field: String
    let lookup: Lookup
    var text = ""

    init(field: String, lookup: Lookup, text: String = "") {
        (self.field, self.lookup, self.text) = (field, lookup, text)
    }

    /// What the option is known by: the filter's name in the REST API, `name__contains`.
    var key: String { lookup == .exact ? field : "\(field)__\(lookup.rawValue)" }

    init?(key: String) {
        guard let mark = key.firstRange(of: "__") else {
            self.init(field: key, lookup: .exact)
            return
        }
        guard let lookup = Lookup(rawValue: String(key[mark.upperBound...])) else { return nil }
        self.init(field: String(key[..<mark.lowerBound]), lookup: lookup)
    }

    func holds(for object: JSON.Object) -> Bool {
        guard let json = object[field] else { return false }
        if case .null = json { return lookup == .exact && text == "null" }
        let value = Array(json.filtered.utf8)
        return switch lookup {
        case .exact: value.elementsEqual(text.utf8)
        case .in: text.split(separator: ",").contains { value.elementsEqual($0.utf8) }
        case .contains: text.isEmpty || value.firstRange(of: Array(text.utf8)) != nil
        case .icontains: text.isEmpty || json.filtered.lowercased().contains(text.lowercased())
        case .startswith: value.starts(with: text.utf8)
        }
    }
}

extension JSON {
    /// The text that filters compare with.
    fileprivate var filtered: String { stringValue ?? text }
}

extension Field {
    fileprivate var choices: [String] {
        switch type.unwrapped {
        case .choice(let values): values
        case .boolean: ["true", "false"]
        default: []
        }
    }
}
