/// A kind of publication for one kind of unit, with no field of its own.
///
/// Each unit's file is served at the path that the unit gives it.
public struct PlainPublication<Unit: ContentUnit>: PublicationKind {
    /// What is published, and how.
    public var publication = PublicationSettings()

    /// A publication that passes the units' files through.
    public init() { publication.passThrough = true }

    /// Named after the unit: `recipe.recipe`, at `publications/recipe/recipe`.
    public static var schema: Schema<Self> {
        Schema(plain: .publication, for: Unit.self, "A published version.") { Embed(\.publication, PublicationSettings.fields) }
    }
}
