import PulpCore

/// How a field of a schema is spelled on a command line, and how what was given becomes JSON.
struct FieldOption: Sendable {
    let name: String
    private let type: FieldType
    private let isSecret: Bool

    init(name: String, type: FieldType, traits: FieldTraits) {
        (self.name, self.type) = (name, type)
        isSecret = traits.contains(.secret)
    }

    init<R>(_ field: Field<R>) { self.init(name: field.name, type: field.type, traits: field.traits) }

    /// The option's name: the field's with dashes, but for those that have a shorter one.
    var option: String {
        switch name {
        case "pulp_labels": "labels"
        case "headers": "header"
        case "guards": "guard"
        default: Self.dashed(name)
        }
    }

    static func dashed(_ name: String) -> String { name.replacing("_", with: "-") }

    /// Whether the value may be given as `@path`, and is then what the file holds.
    var isReadFromFiles: Bool { isSecret || name.hasSuffix("_cert") || name.hasSuffix("_key") }

    /// - Parameter fallback: what the field holds where nothing is given.
    func derived(summary: String, isRequired: Bool, fallback: JSON?) -> DerivedOption {
        DerivedOption(
            name, names: [option], shape(isRequired: isRequired, fallback: fallback), help(summary, fallback: fallback),
            placeholder: placeholder, choices: choices, isFile: isReadFromFiles)
    }

    /// What the field is set to.
    /// - Parameter read: reads a file that the value names with `@`.
    /// - Throws: ``ValidationError`` that names the option.
    func json(of given: GivenOption, read: (String) throws -> String) throws -> JSON {
        switch given {
        case .toggle(let flag): return .bool(flag)
        case .texts(let texts) where name == "headers": return .array(try texts.map { try header($0) })
        // A single empty one is how a list is emptied.
        case .texts(let texts): return .array(texts.filter { !$0.isEmpty }.map { .string($0) })
        case .text(let text):
            if text.isEmpty, type.isNullable { return .null }
            if isReadFromFiles, text.hasPrefix("@") { return .string(try read(String(text.dropFirst()))) }
            return switch type.unwrapped {
            case .labels: try labels(text)
            case .json: try document(text)
            case .list: text.hasPrefix("[") ? try document(text) : .array(text.split(separator: ",").map { .string(String($0)) })
            default: .string(text)
            }
        }
    }

    private func shape(isRequired: Bool, fallback: JSON?) -> DerivedOption.Shape {
        // What is on unless told otherwise takes a value, as in pulp-cli: `--tls-validation false`.
        if type.unwrapped == .boolean, fallback != .bool(true) { return .toggle }
        if name == "headers" { return .texts }
        if case .list(.reference) = type.unwrapped { return .texts }
        return .text(isRequired: isRequired)
    }

    private func help(_ summary: String, fallback: JSON?) -> String {
        var notes: [String] = []
        if !choices.isEmpty { notes.append("values: \(choices.joined(separator: ", "))") }
        if isReadFromFiles { notes.append("@path reads a file") }
        switch fallback {
        case .string(let text)? where !text.isEmpty: notes.append("default: \(text)")
        case .bool(true)?: notes.append("default: true")
        case .integer(let number)?: notes.append("default: \(number)")
        default: break
        }
        return notes.isEmpty ? summary : "\(summary) (\(notes.joined(separator: "; ")))"
    }

    private var placeholder: String {
        switch type.unwrapped {
        case .integer, .number: "number"
        case .reference(let table): "\(table.noun) or prn"
        case .labels: "key=value,…"
        case .json: "json"
        case .list(.reference(let table)): "\(table.noun) or prn"
        case .list: name == "headers" ? "name:value" : "a,b,…"
        case .boolean: "true|false"
        case .choice: option
        case .text, .timestamp: isReadFromFiles ? "text or @path" : "text"
        case .nullable: "text"
        }
    }

    private var choices: [String] {
        switch type.unwrapped {
        case .choice(let values): values
        case .boolean: ["true", "false"]
        default: []
        }
    }

    private func header(_ text: String) throws -> JSON {
        guard let colon = text.firstIndex(of: ":") else {
            throw PulpCore.ValidationError(option, "expected name:value, got \(text.debugDescription)")
        }
        let value = text[text.index(after: colon)...].drop { $0 == " " }
        return .object([String(text[..<colon]): .string(String(value))])
    }

    /// `{"a": "b"}`, or `a=b,c=d`.
    private func labels(_ text: String) throws -> JSON {
        if text.hasPrefix("{") { return try document(text) }
        var labels = JSON.Object()
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            labels[String(parts[0])] = parts.count == 2 ? .string(String(parts[1])) : .null
        }
        return .object(labels)
    }

    private func document(_ text: String) throws -> JSON {
        do { return try JSON(parsing: text) } catch { throw PulpCore.ValidationError(option, "Value must be valid JSON.") }
    }
}

extension ResourceTable {
    /// What `pulpctl` calls one of them.
    var noun: String {
        switch self {
        case .content: "content"
        case .remote: "remote"
        case .repository: "repository"
        case .publication: "publication"
        case .distribution: "distribution"
        case .contentGuard: "content-guard"
        case .repositoryVersion: "version"
        }
    }
}
