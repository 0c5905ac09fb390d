import HTTPTypes
import PulpCore

/// `docs/`: the API for people, as one page that needs neither scripts nor anything from elsewhere.
struct DocumentationPage: Sendable {
    let document: OpenAPIDocument

    var html: String {
        let groups = Dictionary(grouping: document.endpoints, by: \.paths.tag).sorted { $0.key < $1.key }
        var page = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Pulp 3 API</title>
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1rem; color: #222; background: #fff; }
            nav { columns: 4 14rem; margin: 1rem 0 2rem; } nav a { display: block; }
            h2 { border-bottom: 1px solid #ccc; margin-top: 2.5rem; }
            details { border: 1px solid #ddd; border-radius: 6px; margin: .4rem 0; padding: .3rem .7rem; }
            summary { cursor: pointer; } summary code { font-size: 14px; }
            .get { color: #05668d; } .post { color: #2b7a0b; } .put, .patch { color: #a65e00; } .delete { color: #b00020; }
            b { display: inline-block; width: 4.5rem; } table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
            th, td { text-align: left; padding: .15rem .6rem .15rem 0; vertical-align: top; } th { color: #666; font-weight: 600; }
            small { color: #666; }
            @media (prefers-color-scheme: dark) {
              body { color: #ddd; background: #181818; } a { color: #7db7e8; } details { border-color: #444; } h2 { border-color: #444; }
              .get { color: #6cc5f0; } .post { color: #7ed957; } .put, .patch { color: #f0b45c; } .delete { color: #ff7a8a; }
            }
            </style>
            </head>
            <body>
            <h1>Pulp 3 API</h1>
            <p>\(document.versions.map { "\($0.name.escapedForHTML) \($0.version.escapedForHTML)" }.joined(separator: " · ")) —
            the same for programs: <a href="api.json">api.json</a>, <a href="api.yaml">api.yaml</a>
            (<a href="api.json?pk_path=1">with keys in its paths</a>).</p>
            <nav>

            """
        for (tag, _) in groups { page += "<a href=\"#\(tag.anchor)\">\(tag.escapedForHTML)</a>\n" }
        page += "</nav>\n"
        for (tag, endpoints) in groups {
            page += "<h2 id=\"\(tag.anchor)\">\(tag.escapedForHTML)</h2>\n"
            for endpoint in endpoints {
                for (method, operation) in endpoint.operations.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                    page += section(method.rawValue, operation, endpoint)
                }
            }
        }
        return page + "</body>\n</html>\n"
    }

    private func section(_ method: String, _ operation: Operation, _ endpoint: Endpoint) -> String {
        let options = OpenAPIDocument.Options(QueryItems("pk_path=1"))
        let answers = operation.answers.map { answer in
            let name = if case .object(let shape)? = answer.shape?.kind { shape.name ?? "object" } else { "" }
            return "\(answer.status.code) \(name.escapedForHTML)"
        }
        var section = """
            <details><summary><b class="\(method.lowercased())">\(method)</b><code>\(document.path(of: endpoint, options).escapedForHTML)</code>
            <small>\(endpoint.id(of: operation).escapedForHTML)\(operation.isPublic ? ", for everybody" : "")</small></summary>
            <p>Answers: \(answers.joined(separator: ", "))</p>

            """
        if let request = operation.request {
            let rows = request.shape.members.map { member in
                (member.name, member.shape, member.isRequired ? "required" : member.fallback.map { "default: \($0.text)" } ?? "")
            }
            section += table("Body", rows)
        }
        if !operation.parameters.isEmpty { section += table("Query", operation.parameters.map { ($0.name, $0.shape, "") }) }
        return section + "</details>\n"
    }

    private func table(_ title: String, _ rows: [(name: String, shape: Shape, note: String)]) -> String {
        let lines = rows.map { row in
            "<tr><td><code>\(row.name.escapedForHTML)</code></td><td>\(row.shape.words.escapedForHTML)</td><td>\(row.note.escapedForHTML)</td></tr>"
        }
        return "<table><tr><th>\(title)</th><th></th><th></th></tr>\n\(lines.joined(separator: "\n"))\n</table>\n"
    }
}

extension Shape {
    /// What a value is, for people.
    fileprivate var words: String {
        let words =
            switch kind {
            case .any: "anything"
            case .text: format ?? "text"
            case .integer: "integer"
            case .number: "number"
            case .boolean: "true or false"
            case .choice(let values): values.count > 12 ? "one of \(values.count) words" : values.joined(separator: ", ")
            case .list(let element): "list of \(element.words)"
            case .map(let value): "object with \(value.words) for each name"
            case .object(let shape): shape.name ?? "object"
            }
        return isNullable ? "\(words), or null" : words
    }
}

extension String {
    /// As HTML text, or in an attribute's quotes.
    fileprivate var escapedForHTML: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }

    /// A name to jump to.
    fileprivate var anchor: String { String(map { $0.isLetter || $0.isNumber ? $0 : "-" }) }
}
