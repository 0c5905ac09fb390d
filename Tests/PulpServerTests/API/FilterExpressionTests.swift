import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("Filters that are joined, as q=")
struct FilterExpressionTests {
    private func read(_ text: String) throws -> FilterExpression.Node { try FilterExpression(text).root }

    private func refusal(_ text: String) -> String? {
        do {
            _ = try FilterExpression(text)
            return nil
        } catch { return error.message }
    }

    private func name(_ value: String) -> FilterExpression.Node { .filter(name: "name", value: value) }

    @Test("bind NOT closest, then AND, then OR")
    func precedence() throws {
        #expect(try read("name=a") == name("a"))
        #expect(try read("name=a OR name=b AND NOT name=c") == .any([name("a"), .all([name("b"), .not(name("c"))])]))
        #expect(try read("(name=a OR name=b) AND name=c") == .all([.any([name("a"), name("b")]), name("c")]))
        #expect(try read("NOT NOT name=a") == .not(.not(name("a"))))
    }

    @Test("have words and quoted strings for values")
    func values() throws {
        #expect(try read("name=\"a b\\\"c\"") == name("a b\"c"))
        #expect(try read("name='(x)'") == name("(x)"))
        #expect(try read("name__in=a,b-c_d.*") == .filter(name: "name__in", value: "a,b-c_d.*"))
        #expect(try read("name=ORANGE") == name("ORANGE"))
        #expect(try read("name=\"\"") == name(""))
    }

    @Test(
        "are refused when they are none",
        arguments: ["", "name", "name=", "name=a name=b", "name=a AND", "OR name=a", "(name=a", "name=a)", "name=\"a", "name=ä☃", "NOT"])
    func syntax(text: String) { #expect(refusal(text) == "Syntax error in expression.") }

    @Test("are refused when they are too complex, however deep")
    func complexity() {
        #expect(refusal((1...7).map { "name=n\($0)" }.joined(separator: " AND ")) == nil)
        #expect(refusal((1...8).map { "name=n\($0)" }.joined(separator: " AND ")) == "Filter expression exceeds allowed complexity.")
        for depth in [20, 1000, 100_000] {
            let nested = String(repeating: "(", count: depth) + "name=a" + String(repeating: ")", count: depth)
            #expect(refusal(nested) == "Filter expression exceeds allowed complexity.")
            #expect(refusal(String(repeating: "NOT ", count: depth) + "name=a") == "Filter expression exceeds allowed complexity.")
        }
    }

    @Test("narrow lists down as sets do", arguments: DatabaseKind.allCases)
    func lists(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { pulp, client in
            for (name, count) in [("alpha", 1), ("beta", 2), ("gamma", nil)] {
                var repository = FileRepository(name: name)
                repository.repository.retainRepoVersions = count
                try await pulp.create(repository)
            }
            let expected: [(String, [String])] = [
                ("name=alpha%20OR%20name=beta", ["alpha", "beta"]), ("NOT%20name=alpha", ["beta", "gamma"]),
                ("NOT%20retain_repo_versions__gt=1", ["alpha", "gamma"]),
                ("name__contains=a%20AND%20(retain_repo_versions=1%20OR%20name=gamma)", ["alpha", "gamma"]),
            ]
            for (query, names) in expected {
                #expect(try await client.get("repositories/?ordering=name&q=\(query)").names == names, "\(query)")
            }
            #expect(try await client.get("repositories/?q=pulp_type_in=x").body == ["q": ["Filter 'pulp_type_in' does not exist."]])
            #expect(
                try await client.get("repositories/?q=pulp_type=core.foo").body == [
                    "q": [
                        "{\"pulp_type\": [{\"message\": \"Select a valid choice. core.foo is not one of the available choices.\", \"code\": \"invalid_choice\"}]}"
                    ]
                ])
        }
    }
}
