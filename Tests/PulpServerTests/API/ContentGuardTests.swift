import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("Content guards that the API shows")
struct ContentGuardTests {
    @Test("have hrefs and are called by them", arguments: DatabaseKind.allCases)
    func shown(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            let header = try await pulp.create(HeaderContentGuard(name: "h", header: "X", value: "v"))
            let composite = try await pulp.create(CompositeContentGuard(name: "c", guards: [header.id.cast()]))
            _ = try await pulp.create(ContentRedirectContentGuard(name: "r"))
            var distribution = FileDistribution(name: "d", basePath: "d")
            distribution.distribution.contentGuard = composite.id.cast()
            _ = try await pulp.create(distribution)

            let href = "/pulp/api/v3/contentguards/core/header/\(header.id.uuid)/"
            let answer = try await client.get(href)
            #expect(answer["pulp_href"]?.stringValue == href)
            #expect(answer["prn"]?.stringValue == header.id.prn)
            #expect(answer["header_name"] == "X" && answer["header_value"] == "v" && answer["jq_filter"] == .null)
            #expect(answer["description"] == .null)
            #expect(try await client.get("contentguards/").names.sorted() == ["c", "h", "r"])
            #expect(try await client.get("contentguards/?pulp_type=core.content_redirect").names == ["r"])
            #expect(try await client.get("contentguards/core/rbac/").names == [])
            let composites = try await client.get("contentguards/core/composite/?name__startswith=c")
            #expect(composites.results.first?["guards"] == [.string(href)])
            let distributions = try await client.get("distributions/file/file/")
            #expect(
                distributions.results.first?["content_guard"]?.stringValue
                    == "/pulp/api/v3/contentguards/core/composite/\(composite.id.uuid)/")
            #expect(distributions.results.first?["content_guard_prn"]?.stringValue == composite.id.prn)
        }
    }
}
