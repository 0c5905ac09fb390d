/// Which labels something must have and must not have: an expression like `env=prod,!old,team~core`.
///
/// | Term | Meaning |
/// |---|---|
/// | `key`, `!key` | there is such a label, or there is none |
/// | `key=value` | the label has this value |
/// | `key!=value` | there is such a label, with another value |
/// | `key~value` | the label's value contains this, in whatever case |
///
/// All terms must hold. A comma that belongs to a value stands behind a backslash.
public struct LabelSelection: Sendable, Hashable {
    private enum Test: Hashable {
        case present, absent
        case equals(String)
        case differs(String)
        case contains(String)
    }

    private struct Term: Hashable {
        var key: String
        var test: Test
    }

    private let terms: [Term]

    /// Reads an expression.
    /// - Throws: ``InvalidField`` that names the term which is none.
    public init(_ text: String) throws(InvalidField) {
        var terms: [Term] = []
        for term in Self.split(text) { terms.append(try Self.term(term)) }
        self.terms = terms
    }

    /// Whether labels are what the expression says.
    public func holds(for labels: Labels) -> Bool {
        terms.allSatisfy { term in
            guard let value = labels[term.key] else { return term.test == .absent }
            return switch term.test {
            case .present: true
            case .absent: false
            case .equals(let text): value == text
            case .differs(let text): value != text
            case .contains(let text): text.isEmpty ? value != nil : value?.lowercased().contains(text.lowercased()) == true
            }
        }
    }

    /// The same as a condition on a column.
    /// - Parameter column: holds labels as JSON, or null for none.
    package func condition(on column: String) -> SQL {
        let labels = "COALESCE(\(column), '{}')"
        let tests = terms.map { term -> SQL in
            let isPresent: SQL = "\(hasMember: term.key, of: labels)"
            let value: SQL = "\(member: term.key, of: labels)"
            return switch term.test {
            case .present: isPresent
            case .absent: "NOT \(sql: isPresent)"
            case .equals(let text): "\(sql: value) = \(text)"
            case .differs(let text): "\(sql: isPresent) AND COALESCE(\(sql: value) <> \(text), TRUE)"
            case .contains(""): "\(sql: value) IS NOT NULL"
            // Unlike LIKE, both databases take this the same way.
            case .contains(let text): "LOWER(\(sql: value)) <> REPLACE(LOWER(\(sql: value)), LOWER(\(text)), '')"
            }
        }
        return tests.isEmpty ? "TRUE" : tests.joined(separator: " AND ")
    }

    /// The terms: what is between commas that no backslash stands before.
    private static func split(_ text: String) -> [String] {
        var terms = [""]
        var isEscaped = false
        for character in text {
            switch (isEscaped, character) {
            case (true, ","): terms[terms.count - 1] += ","
            case (true, _): terms[terms.count - 1] += "\\\(character)"
            case (false, ","): terms.append("")
            case (false, "\\"): break
            case (false, _): terms[terms.count - 1].append(character)
            }
            isEscaped = !isEscaped && character == "\\"
        }
        if isEscaped { terms[terms.count - 1] += "\\" }
        return terms
    }

    private static func term(_ text: String) throws(InvalidField) -> Term {
        let isNegated = text.hasPrefix("!")
        let rest = text.dropFirst(isNegated ? 1 : 0)
        let end = rest.firstIndex { "=!~".contains($0) } ?? rest.endIndex
        let (key, operation) = (String(rest[..<end]), rest[end...])
        do { try Labels.check(key, nil) } catch { throw InvalidField("Invalid search term: '\(text)'.") }
        guard !operation.isEmpty else { return Term(key: key, test: isNegated ? .absent : .present) }
        if isNegated { throw InvalidField("Cannot use an operator with '!\(key)'.") }
        for (sign, test) in [("!=", Test.differs), ("=", Test.equals), ("~", Test.contains)] where operation.hasPrefix(sign) {
            return Term(key: key, test: test(String(operation.dropFirst(sign.count))))
        }
        throw InvalidField("Invalid search term: '\(text)'.")
    }
}

extension SQL.StringInterpolation {
    /// Whether the JSON object that an expression stands for has a member, even one that is null.
    fileprivate mutating func appendInterpolation(hasMember key: String, of object: String) {
        appendInterpolation(dialect: { dialect in
            dialect.name == Dialect.sqlite.name
                ? "EXISTS (SELECT 1 FROM json_each(\(object)) WHERE key = " : "jsonb_exists(CAST(\(object) AS jsonb), "
        })
        appendInterpolation(key)
        appendLiteral(")")
    }
}
