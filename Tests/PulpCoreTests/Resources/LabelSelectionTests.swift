import PulpCore
import Testing

@Suite("Expressions select by labels")
struct LabelSelectionTests {
    @Test(
        "A term holds for a label that is there, is not, or has a value",
        arguments: [
            ("env", true), ("!env", false), ("missing", false), ("!missing", true), ("env=prod", true), ("env=Prod", false),
            ("env!=prod", false), ("env!=test", true), ("missing!=test", false), ("env~RO", true), ("env~x", false), ("none", true),
            ("none=", false), ("none!=x", true), ("none~", false), ("list=a\\,b", true), ("env=prod,!old", false), ("env=prod,a b", true),
            ("eq=x=y", true), ("empty=", true),
        ])
    func terms(expression: String, holds: Bool) throws {
        let labels: Labels = ["env": "prod", "old": "yes", "none": nil, "list": "a,b", "a b": "", "eq": "x=y", "empty": ""]
        #expect(try LabelSelection(expression).holds(for: labels) == holds)
    }

    @Test(
        "What is no term is refused by name",
        arguments: [
            ("", "Invalid search term: ''."), ("a,", "Invalid search term: ''."), ("a<b", "Invalid search term: 'a<b'."),
            ("!a=b", "Cannot use an operator with '!a'."), ("a!~b", "Invalid search term: 'a!~b'."), ("=b", "Invalid search term: '=b'."),
        ])
    func refusals(expression: String, message: String) {
        #expect(throws: InvalidField(message)) { try LabelSelection(expression) }
    }
}
