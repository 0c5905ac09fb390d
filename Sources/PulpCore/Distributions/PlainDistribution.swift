/// A kind of distribution for one kind of unit, with no field of its own.
public struct PlainDistribution<Unit: ContentUnit>: DistributionKind {
    /// Where it is served, and what.
    public var distribution = DistributionSettings()

    /// A distribution with every field at its default, and neither a name nor a base path.
    public init() {}

    /// - Parameter repository: what is served: its latest publication.
    public init(name: String, basePath: String, of repository: ID<PlainRepository<Unit>>? = nil) {
        distribution = DistributionSettings(name: name, basePath: basePath)
        distribution.repository = repository?.cast()
    }

    /// Named after the unit: `recipe.recipe`, at `distributions/recipe/recipe`.
    public static var schema: Schema<Self> {
        Schema(plain: .distribution, for: Unit.self, "Where a repository is served.") { Embed(\.distribution, DistributionSettings.fields) }
    }
}
