/// A kind of publication for one kind of unit, with no field of its own. Each unit's file is served at the path that the unit gives it.
public struct PlainPublication<Unit: ContentUnit>: PublicationKind {
    public var publication = PublicationSettings()

    public init() { publication.passThrough = true }

    public static var schema: Schema<Self> {
        Schema(plain: .publication, for: Unit.self, "A published version.") { Embed(\.publication, PublicationSettings.fields) }
    }
}
