/// A kind of repository for one kind of unit, with no field of its own.
public struct PlainRepository<Unit: ContentUnit>: RepositoryKind {
    public var repository = RepositorySettings()

    public init() {}
    public init(name: String) { repository = RepositorySettings(name: name) }

    public static var contents: [any ContentUnit.Type] { [Unit.self] }

    public static var schema: Schema<Self> {
        Schema(plain: .repository, for: Unit.self, "A repository.") { Embed(\.repository, RepositorySettings.fields) }
    }
}
