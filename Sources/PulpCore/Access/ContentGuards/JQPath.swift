/// A filter in the language of jq that only follows members and elements: `.identity.org_id`, `.roles[0]`, `.["a b"] | .c`.
///
/// That is what guards are made with; and what is neither computed nor repeated ends, whatever JSON a client sends.
struct JQPath: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        case member(String)
        /// From the end when negative.
        case element(Int)
    }

    let steps: [Step]

    /// - Throws: ``InvalidField`` for every other filter.
    init(_ text: String) throws(InvalidField) {
        var parser = Parser(rest: text.unicodeScalars[...])
        guard let steps = parser.filter() else {
            throw InvalidField(
                "This filter cannot be used: only those are known that follow members and elements, as `.identity.org_id` and `.roles[0]`.")
        }
        self.steps = steps
    }

    /// The filter's result, null where there is no such member; nil where jq would fail, as for a member of a string.
    func first(in json: JSON) -> JSON? {
        var found = json
        for step in steps {
            switch (step, found) {
            case (_, .null): break
            case (.member(let name), .object(let object)): found = object[name] ?? .null
            case (.element(let index), .array(let elements)):
                let position = index < 0 ? elements.count + index : index
                found = elements.indices.contains(position) ? elements[position] : .null
            default: return nil
            }
        }
        return found
    }
}

private struct Parser {
    var rest: Substring.UnicodeScalarView

    /// Paths, with bars between them.
    mutating func filter() -> [JQPath.Step]? {
        var steps: [JQPath.Step] = []
        repeat {
            skipSpace()
            guard let path = path() else { return nil }
            steps += path
            skipSpace()
        } while take("|")
        return rest.isEmpty ? steps : nil
    }

    /// A dot, and what follows from there; nil when it is no path.
    private mutating func path() -> [JQPath.Step]? {
        guard take(".") else { return nil }
        var steps: [JQPath.Step] = []
        // Behind the first dot a name may stand or not, behind each further one it must.
        if let first = rest.first, first == "\"" || Self.isLetter(first) {
            guard let name = name() else { return nil }
            steps.append(.member(name))
        }
        while let sign = rest.first, sign == "." || sign == "[" {
            rest.removeFirst()
            if sign == "[" || (!steps.isEmpty && take("[")) {
                guard let step = index() else { return nil }
                steps.append(step)
            } else {
                guard !steps.isEmpty, let name = name() else { return nil }
                steps.append(.member(name))
            }
        }
        return steps
    }

    private mutating func name() -> String? {
        if rest.first == "\"" { return string() }
        guard let first = rest.first, Self.isLetter(first) else { return nil }
        let name = rest.prefix { Self.isLetter($0) || ("0"..."9").contains($0) }
        rest.removeFirst(name.count)
        return String(name)
    }

    /// What stands in brackets.
    private mutating func index() -> JQPath.Step? {
        skipSpace()
        let step: JQPath.Step?
        if rest.first == "\"" {
            step = string().map { .member($0) }
        } else {
            let digits = rest.prefix { $0 == "-" || ("0"..."9").contains($0) }
            rest.removeFirst(digits.count)
            step = Int(String(digits)).map { .element($0) }
        }
        skipSpace()
        return take("]") ? step : nil
    }

    /// A string as JSON has it: what jq would put into it is no JSON.
    private mutating func string() -> String? {
        var isEscaped = false
        for index in rest.indices.dropFirst() {
            let scalar = rest[index]
            if !isEscaped, scalar == "\"" {
                let text = String(rest[...index])
                rest = rest[rest.index(after: index)...]
                return (try? JSON(parsing: text))?.stringValue  // nil says that it is none
            }
            isEscaped = !isEscaped && scalar == "\\"
        }
        return nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() { while take(" ") || take("\t") || take("\n") {} }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }
}
