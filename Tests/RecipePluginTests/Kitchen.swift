import NIOCore
import PulpTesting
import RecipePlugin

@testable import PulpCore

/// A Pulp with a repository of recipes, its remote, and a distribution of it at `soups`.
struct Kitchen {
    let pulp: Pulp
    let remote: FakeRemote
    let source: ID<PlainRemote<Recipe>>
    let repository: Record<PlainRepository<Recipe>>

    /// An index of recipes, by title.
    static func index(of recipes: [String: String]) -> String {
        recipes.sorted { $0.key < $1.key }.map { "\(digest($0.value)) \($0.key)\n" }.joined()
    }

    /// Makes the remote have just these recipes, by title.
    func offer(_ recipes: [String: String]) { remote.offer(recipes) }

    func sync() async throws -> RepositoryVersion? {
        try await pulp.run(SyncRecipes(repository.id, from: source))
    }

    func latestVersion() async throws -> Int { try await pulp.latestVersion(of: repository.id).number }

    func titles(in version: RepositoryVersion) async throws -> [String] {
        var titles: [String] = []
        try await pulp.forEachUnit(of: Recipe.self, in: version) { titles += $0.map(\.title) }
        return titles.sorted()
    }

    /// The text that a client gets; nil when it is refused.
    func served(_ path: String) async throws -> String? {
        guard case .artifact(let file) = try await pulp.serving.answer(ContentRequest(path: path)) else { return nil }
        var text = ByteBuffer()
        for try await chunk in try await pulp.store.read(file.sha256, 0..<file.size) { text.writeImmutableBuffer(chunk) }
        return String(buffer: text)
    }
}

func withKitchen(
    _ kind: DatabaseKind, _ recipes: [String: String], _ body: (Kitchen) async throws -> Void
) async throws {
    try await withFakeRemote { remote in
        remote.offer(recipes)
        try await kind.withPulp(plugins: [.recipe]) { pulp in
            let source = try await pulp.create(PlainRemote<Recipe>(name: "upstream", url: remote.url(of: "/RECIPES")))
            let repository = try await pulp.create(PlainRepository<Recipe>(name: "soups"))
            try await pulp.create(PlainDistribution<Recipe>(name: "soups", basePath: "soups", of: repository.id))
            try await body(Kitchen(pulp: pulp, remote: remote, source: source.id, repository: repository))
        }
    }
}

func digest(_ text: String) -> String {
    var text = text
    return text.withUTF8 { DigestHasher.digests(of: UnsafeRawBufferPointer($0), [.sha256])[.sha256] ?? "" }
}

extension FakeRemote {
    fileprivate func offer(_ recipes: [String: String]) {
        for (title, text) in recipes {
            answer("/" + title.replacing(" ", with: "%20") + ".md", with: .file(text))
        }
        answer("/RECIPES", with: .file(Kitchen.index(of: recipes)))
    }
}
