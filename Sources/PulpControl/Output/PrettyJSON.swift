import PulpCore

extension JSON {
    /// The value as JSON text with a member on each line.
    var indented: String { indented(by: "") }

    private func indented(by margin: String) -> String {
        let inner = margin + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            return "[\n" + elements.map { inner + $0.indented(by: inner) }.joined(separator: ",\n") + "\n\(margin)]"
        case .object(let object) where !object.isEmpty:
            let members = object.map { "\(inner)\(JSON.string($0.name).text): \($0.value.indented(by: inner))" }
            return "{\n" + members.joined(separator: ",\n") + "\n\(margin)}"
        default: return text
        }
    }

    /// The value for people: text without quotes, nothing for null, the rest as JSON.
    ///
    /// Control characters are made visible, so that no remote's text can command the terminal.
    var readable: String {
        switch self {
        case .null: ""
        case .string(let text): text.printable
        case .array(let elements): elements.map(\.readable).joined(separator: ", ")
        case .object(let object): object.map { "\($0.name.printable)=\($0.value.readable)" }.joined(separator: ", ")
        case .bool, .integer, .number: text
        }
    }
}

extension String {
    /// The text with control characters escaped.
    var printable: String {
        // Almost all names are like this, and need no look at a table of Unicode.
        if utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return self }
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        return unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }.joined()
    }
}
