import Foundation
import PulpTesting
import RecipePlugin
import Testing

@testable import PulpCore

@Suite("The recipe plugin")
struct RecipePluginTests {
    @Test("does what every plugin must", arguments: PluginConformance.checks, DatabaseKind.allCases)
    func conforms(check: PluginConformance, kind: DatabaseKind) async throws {
        let recipes = ["Soup", "Bread, twice", "Crème brûlée"].map { title in
            var recipe = Recipe()
            recipe.title = title
            return recipe
        }
        try await check.run(.recipe, samples: recipes, on: kind)
    }

    @Test("A remote's recipes are mirrored, published and served", arguments: DatabaseKind.allCases)
    func mirror(kind: DatabaseKind) async throws {
        let recipes = ["Tomato soup": "Tomatoes.", "Stews/Goulash": "Beef."]
        try await withKitchen(kind, recipes) { kitchen in
            let version = try #require(try await kitchen.sync())
            #expect(version.number == 1)
            _ = try await kitchen.pulp.run(PublishRecipes(kitchen.repository.id))

            #expect(try await kitchen.served("soups/Tomato soup.md") == "Tomatoes.")
            #expect(try await kitchen.served("soups/Stews/Goulash.md") == "Beef.")
            #expect(try await kitchen.served("soups/RECIPES") == Kitchen.index(of: recipes))
        }
    }

    @Test("A recipe that changed takes the place of the old one; one that is gone goes", arguments: DatabaseKind.allCases)
    func change(kind: DatabaseKind) async throws {
        try await withKitchen(kind, ["Soup": "Water.", "Bread": "Flour."]) { kitchen in
            _ = try await kitchen.sync()
            kitchen.offer(["Soup": "Tomatoes."])
            let version = try #require(try await kitchen.sync())
            #expect(try await kitchen.titles(in: version) == ["Soup"])
            let again = try await kitchen.sync()
            #expect(again == nil)
        }
    }

    @Test(
        "An index that is wrong makes no version, and the error names its line",
        arguments: [
            ("untitled", "expected"),
            ("0000 Soup", "digest"),
            ("\(digest("x")) ../../etc/passwd", "\"..\""),
            ("\(digest("x")) /etc/passwd", "absolute"),
            ("\(digest("x")) a//b", "empty segment"),
            ("\(digest("x")) a\\b", "character"),
        ])
    func hostile(line: String, problem: String) async throws { try await refuses(line, because: problem) }

    @Test("A line without end is not taken into memory")
    func endless() async throws {
        try await refuses(String(repeating: "a", count: 100_000), because: "longer")
    }

    private func refuses(_ line: String, because problem: String) async throws {
        for kind in DatabaseKind.allCases {
            try await withKitchen(kind, ["Soup": "Water."]) { kitchen in
                let before = try #require(try await kitchen.sync())
                let index = Kitchen.index(of: ["Soup": "Water."])
                kitchen.remote.answer("/RECIPES", with: .file("\(index)\n\(line)\n"))
                let error = await #expect(throws: PulpError.self) { _ = try await kitchen.sync() }
                #expect(error?.message.contains("line 3") == true, "\(String(describing: error))")
                #expect(error?.message.contains(problem) == true, "\(String(describing: error))")
                let latest = try await kitchen.latestVersion()
                #expect(latest == before.number)
            }
        }
    }

    @Test("Bytes that are not what the index promises make no version", arguments: DatabaseKind.allCases)
    func wrongBytes(kind: DatabaseKind) async throws {
        try await withKitchen(kind, ["Soup": "Water."]) { kitchen in
            kitchen.remote.answer("/Soup.md", with: .file("Poison."))
            let error = await #expect(throws: PulpError.self) { _ = try await kitchen.sync() }
            #expect(error?.code == .digestMismatch)
            let latest = try await kitchen.latestVersion()
            #expect(latest == 0)
        }
    }

    @Test("The article about plugins shows the example as it is, and whole")
    func article() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let article = try String(contentsOf: root.appending(path: "Sources/PulpCore/PulpCore.docc/WritingAPlugin.md"), encoding: .utf8)
        let example = try String(contentsOf: root.appending(path: "Examples/RecipePlugin/RecipePlugin.swift"), encoding: .utf8)
        let shown = article.matches(of: /```swift\n(?s:(.*?))```/).map { String($0.output.1) }.joined(separator: "\n")
        #expect("public import PulpCore\n\n" + shown == example)
    }
}
