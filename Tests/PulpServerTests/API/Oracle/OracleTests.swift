import Foundation
import HTTPTypes
import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

/// Compares what the API says of itself with what Pulp's own says: `openapi.json`, which `scripts/trim-openapi.py` cut out of the
/// document of pulpcore 3.123.1.
@Suite("The API's document, compared with Pulp's")
struct OracleTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    private static func ours(_ query: String = "") async throws -> JSON {
        try await DatabaseKind.sqlite.withPulp(plugins: [.file]) { pulp in
            let api = API(pulp)
            return OpenAPIDocument(
                root: api.hrefs.root, versions: Compatibility.components(pulp.plugins).map { ($0.name, $0.version) },
                endpoints: api.endpoints
            ).json(OpenAPIDocument.Options(QueryItems(query)), origin: "http://pulp.example")
        }
    }

    @Test("agrees in everything that is served")
    func agreement() async throws {
        let theirs = Contract.operations(of: try JSON(parsing: try Self.text("openapi.json")))
        let ours = Contract.operations(of: try await Self.ours())
        let missing = Set(try Self.text("not-served.txt").split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init))
        let differences = Set(try Self.text("differences.txt").split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init))
        var found: Set<String> = []
        for (id, their) in theirs {
            guard let our = ours[id] else {
                if !missing.contains(id) { found.insert("\(id) is not served") }
                continue
            }
            if missing.contains(id) { found.insert("\(id) is served: take it out of not-served.txt") }
            if our.path != their.path { found.insert("\(id) is at \(our.path), not \(their.path)") }
            if our.tag != their.tag { found.insert("\(id) has the tag \(our.tag), not \(their.tag)") }
            for line in their.lines.subtracting(our.lines) where !Self.isOfLaterKinds(line) { found.insert("\(id) lacks: \(line)") }
            for line in our.lines.subtracting(their.lines) { found.insert("\(id) has besides: \(line)") }
        }
        for id in missing where theirs[id] == nil { found.insert("\(id) is no operation of Pulp's") }
        let news = found.subtracting(differences).sorted()
        if !news.isEmpty { Issue.record("\(news.count) differences:\n\(news.joined(separator: "\n"))") }
        let gone = differences.subtracting(found).sorted()
        if !gone.isEmpty { Issue.record("no differences any more: take them out of differences.txt:\n\(gone.joined(separator: "\n"))") }
    }

    /// A type of a plugin that is not here.
    private static func isOfLaterKinds(_ line: String) -> Bool {
        line.contains("pulp_type") && line.contains(" may be ") && !line.hasSuffix(" file.file")
    }
}
