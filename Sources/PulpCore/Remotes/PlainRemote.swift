/// A kind of remote for one kind of unit, with no field of its own.
public struct PlainRemote<Unit: ContentUnit>: RemoteKind {
    /// Where to fetch from, and how.
    public var remote = RemoteSettings()

    /// A remote with every field at its default, and neither a name nor a URL.
    public init() {}
    /// A remote of which the rest is at its default; nothing is checked before it is stored.
    public init(name: String, url: String, policy: DownloadPolicy = .immediate) {
        remote = RemoteSettings(name: name, url: url, policy: policy)
    }

    /// Named after the unit: `recipe.recipe`, at `remotes/recipe/recipe`.
    public static var schema: Schema<Self> {
        Schema(plain: .remote, for: Unit.self, "A source of content.") { Embed(\.remote, RemoteSettings.fields) }
    }
}

extension Schema {
    /// The schema of a kind that is named after the kind of unit that it is for: `recipe.recipe`, model `recipe.reciperemote`, path
    /// `recipe/recipe`.
    init<Unit: ContentUnit>(
        plain table: ResourceTable, for unit: Unit.Type, _ summary: String, @FieldBuilder<R> fields: () -> [Field<R>]
    ) {
        let type = Unit.schema.type
        self.init(
            table, type, model: type + table.rawValue, path: type.replacing(".", with: "/"), summary, fields: fields)
    }
}
