public import PulpCore

extension Plugin {
    /// Cooking recipes: Markdown files that a remote lists in an index, with a line `<sha256> <title>` for each.
    public static var recipe: Plugin {
        Plugin("recipe", version: "1.0.0", for: Recipe.self, tasks: [SyncRecipes.self, PublishRecipes.self])
    }
}

/// One recipe: a Markdown file with a title.
public struct Recipe: ContentUnit {
    /// The name of the dish.
    public var title = ""
    /// The digest of the Markdown file.
    public var sha256 = SHA256Digest.ofNothing

    /// A recipe without a title or a file.
    public init() {}
    /// The title and the file: a changed file makes another recipe.
    public var naturalKey: [String] { [title, sha256.hex] }
    /// The title: a repository has one recipe for each dish.
    public var repositoryKey: [String] { [title] }

    /// `recipe.recipe`, at `content/recipe/recipes`.
    public static let schema = Schema<Self>(.content, "recipe.recipe", model: "recipe.recipe", path: "recipe/recipes", "A recipe.") {
        Field("title", \.title, "The name of the dish.", .required, lookups: .text)
        Field("sha256", \.sha256, "The digest of the Markdown file.", .readOnly, lookups: .exact)
    }

    /// Reads a line of the index at a URL; the file is beside the index.
    static func declared(_ line: String, in index: RemoteURL) throws -> DeclaredUnit<Recipe> {
        let parts = line.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { throw PulpError(.invalid, "expected \"<sha256> <title>\"") }
        var recipe = Recipe()
        (recipe.sha256, recipe.title) = (try SHA256Digest(hex: String(parts[0])), String(parts[1]))
        let path = try RelativePath(recipe.title + ".md")
        let file = DeclaredFile(url: index.appending(path), relativePath: path, digests: [.sha256: recipe.sha256.hex])
        return DeclaredUnit(recipe, files: [file])
    }
}

/// Brings a repository in line with the index that its remote's URL names.
public struct SyncRecipes: TaskDefinition {
    /// The task's name on the wire.
    public static let name = "recipe.synchronize"
    public var repository: ID<PlainRepository<Recipe>>, remote: ID<PlainRemote<Recipe>>
    /// Nobody else changes the repository, or the remote, meanwhile.
    public var locks: Locks { .exclusive(repository) + .shared(remote) }
    /// The sync of a repository from a remote.
    public init(_ repository: ID<PlainRepository<Recipe>>, from remote: ID<PlainRemote<Recipe>>) {
        (self.repository, self.remote) = (repository, remote)
    }

    /// - Returns: the new version; nil when nothing changed.
    public func run(in context: TaskContext) async throws -> RepositoryVersion? {
        let (repository, remote) = (try await context.pulp.get(repository), try await context.pulp.get(remote))
        return try await context.withIndex(of: remote) { index in
            let recipes = index.units { [url = index.url] in try Recipe.declared($0, in: url) }
            return try await context.synchronize(repository, with: recipes, from: remote, mirror: true)
        }
    }
}

/// Publishes the latest version: its recipes, and an index of them.
public struct PublishRecipes: TaskDefinition {
    /// The task's name on the wire.
    public static let name = "recipe.publish"
    /// The repository whose latest version is published.
    public var repository: ID<PlainRepository<Recipe>>
    /// Nobody changes the repository meanwhile.
    public var locks: Locks { .shared(repository) }
    /// The publication of a repository's latest version.
    public init(_ repository: ID<PlainRepository<Recipe>>) { self.repository = repository }

    /// Writes the index, and publishes it with the recipes.
    public func run(in context: TaskContext) async throws -> ID<PlainPublication<Recipe>> {
        let version = try await context.pulp.latestVersion(of: repository)
        let publication = try await context.pulp.publish(PlainPublication<Recipe>(), of: version) { writer in
            let index = try await writer.stage()
            writer.add(index, at: try RelativePath("RECIPES"))
            try await context.pulp.forEachUnit(of: Recipe.self, in: version) { recipes in
                try await index.write(recipes.map { "\($0.sha256) \($0.title)\n" }.joined())
            }
        }
        try await context.created(publication.id)
        return publication.id
    }
}
