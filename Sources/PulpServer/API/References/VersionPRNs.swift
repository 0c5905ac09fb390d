import Foundation
import PulpCore

/// The PRNs of repository versions that are called by their hrefs, looked up together.
struct VersionPRNs: Sendable {
    private var known: [String: String] = [:]

    init(of texts: [String], _ hrefs: Hrefs, in db: any SQLConnection) throws {
        var rows = SQLRows([("n", .integer), ("repository", .text), ("number", .integer)])
        for (index, text) in texts.enumerated() {
            guard let (repository, number) = hrefs.version(text) else { continue }
            rows.append([.integer(Int64(index)), .text(repository), .integer(Int64(number))])
        }
        guard !rows.isEmpty else { return }
        try db.forEach(
            """
            SELECT w.n, v.uuid FROM \(rows: rows, as: "w") CROSS JOIN repository r CROSS JOIN repository_version v
            WHERE r.prn = w.repository AND v.repository = r.id AND v.number = w.number AND v.complete
            """
        ) { row in known[texts[try row.get(0)]] = "prn:core.repositoryversion:\(try row.get(1, as: String.self))" }
    }

    subscript(text: String) -> String? { known[text] }
}

extension Hrefs {
    /// The repository and the number in the href of a version; nil for anything else.
    func version(_ text: String) -> (repository: String, number: Int)? {
        guard let end = text.range(of: "/versions/"), text.hasSuffix("/") else { return nil }
        guard let number = Int(text[end.upperBound...].dropLast()), number >= 0 else { return nil }
        return prn(String(text[..<end.lowerBound]) + "/").map { ($0, number) }
    }
}
