import ArgumentParser
import PulpCore
import Testing

@testable import PulpControl

@Suite("Lists are narrowed down")
struct ConditionTests {
    private let object: JSON.Object = [
        "name": "Debian-main", "remote": .null, "checkpoint": false, "size": 12, "pulp_labels": ["env": "prod"],
        "pulp_created": "2026-11-21T10:15:00.123456Z",
    ]

    @Test(
        "A condition holds as its lookup says",
        arguments: [
            ("name", "Debian-main", true), ("name", "debian-main", false), ("name__in", "a,Debian-main", true), ("name__in", "a,b", false),
            ("name__contains", "ian", true), ("name__contains", "IAN", false), ("name__icontains", "IAN", true),
            ("name__startswith", "Deb", true), ("name__startswith", "eb", false), ("name__contains", "", true), ("remote", "null", true),
            ("remote", "r", false), ("checkpoint", "false", true), ("checkpoint", "true", false), ("size", "12", true),
            ("missing", "x", false), ("pulp_labels__select", "env=prod", true), ("pulp_labels__select", "!env", false),
            ("pulp_created__after", "2026-11-21", true), ("pulp_created__after", "2026-11-21T10:15:01", false),
            ("pulp_created__before", "2026-11-22T00:00:00Z", true), ("pulp_created__before", "2026-11-21", false),
        ])
    func lookups(key: String, text: String, holds: Bool) throws {
        var condition = try #require(Condition(key: key))
        condition.text = text
        #expect(try condition.predicate(of: "--x")(object) == holds)
    }

    @Test("What is no date and no expression is refused by the option's name")
    func refusals() {
        #expect(throws: PulpError(.invalid, "--created-after: \"soon\" is no date")) {
            try Condition(field: "pulp_created", lookup: .after, text: "soon").predicate(of: "--created-after")
        }
        #expect(throws: PulpError(.invalid, "--label-select: Invalid search term: 'a<b'.")) {
            try Condition(field: "pulp_labels", lookup: .select, text: "a<b").predicate(of: "--label-select")
        }
    }

    @Test("Keys and conditions are two spellings of one thing")
    func keys() {
        for lookup in Condition.Lookup.allCases {
            let condition = Condition(field: "base_path", lookup: lookup)
            #expect(Condition(key: condition.key) == condition)
        }
        #expect(Condition(key: "name__nonsense") == nil)
    }

    @Test("Pages are ordered, cut and reduced to fields")
    func pages() throws {
        let objects: [JSON.Object] = [["n": 10, "a": "x"], ["n": 9, "a": "y"], ["n": .null, "a": "x"]]
        func page(_ arguments: String...) throws -> PageOptions { try PageOptions.parse(arguments) }
        #expect(try page("--ordering", "n").apply(to: objects).map { $0["n"] } == [.null, 9, 10])
        #expect(try page("--ordering=-n").apply(to: objects).map { $0["n"] } == [10, 9, .null])
        #expect(try page("--ordering", "a").apply(to: objects).map { $0["n"] } == [10, .null, 9])
        #expect(try page("--limit", "1", "--offset", "1").apply(to: objects) == [objects[1]])
        #expect(try page("--field", "n").select(objects).map(\.names) == [["n"], ["n"], ["n"]])
        #expect(try page("--exclude-field", "n").select(objects).map(\.names) == [["a"], ["a"], ["a"]])
        #expect(throws: (any Error).self) { try page("--limit=-1") }
    }
}
