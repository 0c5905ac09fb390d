import PulpCore

extension JSON {
    /// The value as JSON text with a member on each line.
    var indented: String {
        var text = ""
        write(to: &text, "\n")
        return text
    }

    /// - Parameter line: what begins a line at this depth.
    private func write(to text: inout String, _ line: String) {
        func list<Element>(_ open: String, _ close: String, _ elements: some Sequence<Element>, _ write: (Element, String) -> Void) {
            let inner = line + "  "
            var separator = open
            for element in elements {
                text += separator
                text += inner
                write(element, inner)
                separator = ","
            }
            text += line
            text += close
        }
        switch self {
        case .array(let elements) where !elements.isEmpty:
            list("[", "]", elements) { $0.write(to: &text, $1) }
        case .object(let object) where !object.isEmpty:
            list("{", "}", object) { member, inner in
                text += JSON.string(member.name).text
                text += ": "
                member.value.write(to: &text, inner)
            }
        default: text += self.text
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
