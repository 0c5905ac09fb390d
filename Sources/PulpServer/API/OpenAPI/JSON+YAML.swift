import PulpCore

extension JSON {
    /// The value as a YAML document (YAML 1.2): objects and lists in blocks, everything else as JSON writes it.
    var yaml: String {
        var text = ""
        write(yaml: &text, indent: 0)
        return text
    }

    private func write(yaml text: inout String, indent: Int) {
        let margin = String(repeating: "  ", count: indent)
        switch self {
        case .object(let object) where !object.isEmpty:
            for member in object { member.value.write(yaml: &text, after: "\(margin)\(JSON.string(member.name).text):", indent) }
        case .array(let elements) where !elements.isEmpty:
            for element in elements { element.write(yaml: &text, after: "\(margin)-", indent) }
        default: text += "\(margin)\(self.text)\n"
        }
    }

    private func write(yaml text: inout String, after head: String, _ indent: Int) {
        switch self {
        case .object([:]), .array([]): text += "\(head) \(self.text)\n"
        case .object, .array:
            text += "\(head)\n"
            write(yaml: &text, indent: indent + 1)
        default: text += "\(head) \(self.text)\n"
        }
    }
}
