/// The value of a header that may have parameters: `form-data; name="file"`.
struct HeaderValue: Sendable, Hashable {
    /// What stands before the parameters, in lower case.
    let value: String
    private let parameters: [Parameter]

    private struct Parameter: Sendable, Hashable {
        let name: String
        let value: String
    }

    // All of it by code points: a character may be a quote with an accent on it.
    private typealias Scalars = Substring.UnicodeScalarView

    /// - Throws: ``FormError`` when a parameter has no value, or its quotes do not end.
    init(_ text: String) throws(FormError) {
        var rest = Substring(text).unicodeScalars
        value = Self.trimmed(rest.prefix { $0 != ";" }).lowercased()
        rest = rest.drop { $0 != ";" }
        var parameters: [Parameter] = []
        while true {
            rest = rest.drop { $0 == ";" || Self.isBlank($0) }
            if rest.isEmpty { break }
            let name = Self.trimmed(rest.prefix { $0 != "=" && $0 != ";" }).lowercased()
            rest = rest.drop { $0 != "=" && $0 != ";" }
            guard rest.first == "=", Self.isToken(name) else { throw Self.malformed(text) }
            rest = rest.dropFirst().drop(while: Self.isBlank)
            if rest.first == "\"" {
                guard let quoted = Self.takeQuoted(&rest) else { throw Self.malformed(text) }
                parameters.append(Parameter(name: name, value: quoted))
                rest = rest.drop(while: Self.isBlank)
                guard rest.isEmpty || rest.first == ";" else { throw Self.malformed(text) }
            } else {
                parameters.append(Parameter(name: name, value: Self.trimmed(rest.prefix { $0 != ";" })))
                rest = rest.drop { $0 != ";" }
            }
        }
        self.parameters = parameters
    }

    /// The value of a parameter; nil when there is none.
    /// - Throws: ``FormError`` when there are two.
    func parameter(_ name: String) throws(FormError) -> String? {
        let found = parameters.filter { $0.name == name }
        guard found.count < 2 else { throw .malformed("a header has the parameter \(name) twice") }
        return found.first?.value
    }

    /// Whether text is one that needs no quotes (RFC 9110 §5.6.2).
    static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !separators.contains($0) }
    }

    /// Text without the blanks around it.
    static func trimmed(_ text: Substring) -> String { trimmed(text.unicodeScalars) }

    private static func trimmed(_ text: Scalars) -> String {
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return String(text)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }

    private static let separators = Set("()<>@,;:\\\"/[]?={}".utf8)

    /// Takes what stands in quotes, without them.
    ///
    /// Backslashes escape quotes and each other, as curl and older clients write; others stand for themselves, as in a path of
    /// Windows. `%22`, `%0D` and `%0A` are what browsers and Python write for a quote, CR and LF; other escapes they leave alone, so
    /// these stand for themselves too.
    private static func takeQuoted(_ rest: inout Scalars) -> String? {
        var scalars = rest.dropFirst()
        var text = String.UnicodeScalarView()
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"":
                rest = scalars
                return String(text)
            case "\\" where scalars.first == "\"" || scalars.first == "\\":
                if let next = scalars.popFirst() { text.append(next) }
            case "%":
                guard let meant = escapes[String(scalars.prefix(2)).uppercased()] else {
                    text.append(scalar)
                    continue
                }
                text.append(meant)
                scalars = scalars.dropFirst(2)
            default: text.append(scalar)
            }
        }
        return nil
    }

    private static let escapes: [String: Unicode.Scalar] = ["22": "\"", "0D": "\r", "0A": "\n"]

    private static func malformed(_ text: String) -> FormError {
        .malformed("a header has the value \(text.prefix(80).debugDescription)")
    }
}
