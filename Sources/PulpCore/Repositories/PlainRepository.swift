/// A kind of repository for one kind of unit, with no field of its own.
public struct PlainRepository<Unit: ContentUnit>: RepositoryKind {
    /// The name, the remote, and what is kept.
    public var repository = RepositorySettings()

    /// A repository with every field at its default, and without a name.
    public init() {}
    /// A repository of which the rest is at its default; nothing is checked before it is stored.
    public init(name: String) { repository = RepositorySettings(name: name) }

    /// The one kind of unit.
    public static var contents: [any ContentUnit.Type] { [Unit.self] }

    /// Named after the unit: `recipe.recipe`, at `repositories/recipe/recipe`.
    public static var schema: Schema<Self> {
        Schema(plain: .repository, for: Unit.self, "A repository.") { Embed(\.repository, RepositorySettings.fields) }
    }
}
