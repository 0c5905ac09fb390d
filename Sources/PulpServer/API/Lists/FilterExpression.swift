import PulpCore

/// What the parameter `q` holds: filters, joined by `AND`, `OR` and `NOT`.
///
/// ```
/// name__contains="core" AND NOT (remote=null OR retain_repo_versions__gt=3)
/// ```
/// `NOT` binds closest, then `AND`. A value is a quoted string, or a word of letters, digits and `.,_-*`.
struct FilterExpression: Sendable, Hashable {
    indirect enum Node: Sendable, Hashable {
        case filter(name: String, value: String)
        case not(Node)
        case all([Node])
        case any([Node])
    }

    /// How many filters, and words between them, an expression may have.
    static let mostComplex = 8

    let root: Node

    /// - Throws: `InvalidField` in Pulp's words.
    init(_ text: String) throws(InvalidField) {
        var parser = Parser(rest: Array(text.unicodeScalars)[...])
        root = try parser.expression(depth: 0)
        guard parser.isAtEnd else { throw Self.syntaxError }
        guard root.complexity <= Self.mostComplex else { throw Self.tooComplex }
    }

    fileprivate static let syntaxError = InvalidField("Syntax error in expression.")
    fileprivate static let tooComplex = InvalidField("Filter expression exceeds allowed complexity.")

    /// The expression in SQL.
    /// - Throws: `InvalidField` in Pulp's words when a filter is unknown, or refuses its value.
    func condition(_ filters: [String: ListFilter]) throws(InvalidField) -> SQL { try root.condition(filters) }
}

extension FilterExpression.Node {
    fileprivate var complexity: Int {
        switch self {
        case .filter: 1
        case .not(let node): 1 + node.complexity
        case .all(let nodes), .any(let nodes): 1 + nodes.reduce(0) { $0 + $1.complexity }
        }
    }

    fileprivate func condition(_ filters: [String: ListFilter]) throws(InvalidField) -> SQL {
        switch self {
        case .filter(let name, let value):
            guard let filter = filters[name] else { throw InvalidField("Filter '\(name)' does not exist.") }
            do { return try filter.condition(value) } catch {
                let message = (error as? InvalidField)?.message ?? "\(error)"
                let code = message.hasPrefix("Select a valid choice.") ? "invalid_choice" : "invalid"
                // With the blanks that Python puts there.
                throw InvalidField(
                    "{\(JSON.string(name).text): [{\"message\": \(JSON.string(message).text), \"code\": \(JSON.string(code).text)}]}")
            }
        // What is not known to hold is what the difference of two sets leaves.
        case .not(let node): return "NOT COALESCE((\(sql: try node.condition(filters))), FALSE)"
        case .all(let nodes): return try Self.join(nodes, " AND ", filters)
        case .any(let nodes): return try Self.join(nodes, " OR ", filters)
        }
    }

    private static func join(_ nodes: [Self], _ separator: String, _ filters: [String: ListFilter]) throws(InvalidField) -> SQL {
        var parts: [SQL] = []
        for node in nodes { parts.append("(\(sql: try node.condition(filters)))") }
        return parts.joined(separator: separator)
    }
}

/// Reads an expression from its beginning.
private struct Parser {
    var rest: ArraySlice<Unicode.Scalar>

    /// More than this in each other is beyond any allowed complexity.
    private static let deepest = 2 * FilterExpression.mostComplex

    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return rest.isEmpty
        }
    }

    mutating func expression(depth: Int) throws(InvalidField) -> FilterExpression.Node {
        var nodes = [try conjunction(depth: depth)]
        while takeWord("OR") { nodes.append(try conjunction(depth: depth)) }
        return nodes.count == 1 ? nodes[0] : .any(nodes)
    }

    private mutating func conjunction(depth: Int) throws(InvalidField) -> FilterExpression.Node {
        var nodes = [try term(depth: depth)]
        while takeWord("AND") { nodes.append(try term(depth: depth)) }
        return nodes.count == 1 ? nodes[0] : .all(nodes)
    }

    private mutating func term(depth: Int) throws(InvalidField) -> FilterExpression.Node {
        guard depth < Self.deepest else { throw FilterExpression.tooComplex }
        if takeWord("NOT") { return .not(try term(depth: depth + 1)) }
        if take("(") {
            let node = try expression(depth: depth + 1)
            guard take(")") else { throw FilterExpression.syntaxError }
            return node
        }
        skipBlanks()
        let name = takeWhile { $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_") }
        guard !name.isEmpty, take("=") else { throw FilterExpression.syntaxError }
        return .filter(name: name, value: try value())
    }

    private mutating func value() throws(InvalidField) -> String {
        skipBlanks()
        for quote: Unicode.Scalar in ["\"", "'"] where rest.first == quote {
            rest.removeFirst()
            var text = String.UnicodeScalarView()
            while let scalar = rest.popFirst() {
                if scalar == quote { return String(text) }
                if scalar == "\\", let escaped = rest.popFirst() { text.append(escaped) } else { text.append(scalar) }
            }
            throw FilterExpression.syntaxError
        }
        let word = takeWhile { scalar in
            scalar.properties.numericType != nil || ".,_-*".unicodeScalars.contains(scalar)
                || (scalar.properties.isAlphabetic && scalar.value <= 0x24F)
        }
        guard !word.isEmpty else { throw FilterExpression.syntaxError }
        return word
    }

    private mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" } }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard rest.first == sign else { return false }
        rest.removeFirst()
        return true
    }

    /// A word in capitals, with an end after it.
    private mutating func takeWord(_ word: String) -> Bool {
        skipBlanks()
        let scalars = Array(word.unicodeScalars)
        guard rest.starts(with: scalars) else { return false }
        if let next = rest.dropFirst(scalars.count).first, next.properties.isAlphabetic || next == "_" || next == "=" { return false }
        rest.removeFirst(scalars.count)
        return true
    }

    private mutating func takeWhile(_ condition: (Unicode.Scalar) -> Bool) -> String {
        let taken = rest.prefix(while: condition)
        rest = rest.dropFirst(taken.count)
        return String(String.UnicodeScalarView(taken))
    }
}
