/// A kind of distribution for one kind of unit, with no field of its own.
public struct PlainDistribution<Unit: ContentUnit>: DistributionKind {
    public var distribution = DistributionSettings()

    public init() {}

    /// - Parameter repository: what is served: its latest publication.
    public init(name: String, basePath: String, of repository: ID<PlainRepository<Unit>>? = nil) {
        distribution = DistributionSettings(name: name, basePath: basePath)
        distribution.repository = repository?.cast()
    }

    public static var schema: Schema<Self> {
        Schema(plain: .distribution, for: Unit.self, "Where a repository is served.") { Embed(\.distribution, DistributionSettings.fields) }
    }
}
