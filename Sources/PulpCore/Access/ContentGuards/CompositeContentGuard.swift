/// Lets in who one of several guards lets in; everybody when there are none.
public struct CompositeContentGuard: ContentGuardKind {
    /// What every guard knows.
    public var contentGuard = ContentGuardSettings()
    /// The guards, of any kind; no composite is a part of itself, however deep.
    public var guards: [ID<ContentGuard>] = []

    /// A guard with every field at its default.
    public init() {}

    /// A guard of some guards.
    public init(name: String, guards: [ID<ContentGuard>]) {
        contentGuard = ContentGuardSettings(name: name)
        self.guards = guards
    }

    /// Pulp's `core.composite`.
    public static let schema = Schema<Self>(
        .contentGuard, "core.composite", model: "core.compositecontentguard", path: "core/composite",
        "Lets in who one of several guards lets in."
    ) {
        Embed(\.contentGuard, ContentGuardSettings.fields)
        Field("guards", \.guards, "List of ContentGuards to ask for access-permission.")
    }

    /// Asks nothing itself: its parts do.
    public static func test(of record: Record<Self>, _ secrets: GuardSecrets) -> GuardTest? {
        record.guards.isEmpty ? .everybody : nil
    }

    /// Notes the parts where the database keeps them from being deleted, and tells those who serve.
    /// - Throws: ``ValidationError`` when a part is not there, or has this guard as a part.
    public static func didStore(_ record: Record<Self>, replacing previous: Record<Self>?, in db: any SQLConnection) throws {
        if record.guards != previous?.guards { try store(Set(record.guards), of: record.key, in: db) }
        try db.bumpCatalogue()
    }

    private static func store(_ members: Set<ID<ContentGuard>>, of composite: Int64, in db: any SQLConnection) throws {
        // Two composites that each make the other their part, at once.
        try db.lock("members of content guards")
        try db.execute("DELETE FROM content_guard_member WHERE composite = \(composite)")
        let stored = try db.execute(
            """
            INSERT INTO content_guard_member (composite, member)
            SELECT CAST(\(composite) AS BIGINT), id FROM content_guard WHERE prn \(in: members)
            """)
        guard stored == members.count else {
            throw ValidationError("guards", "Invalid hyperlink - Object does not exist.")
        }
        let isPartOfItself = try db.first(
            """
            WITH RECURSIVE part (id) AS (
                SELECT member FROM content_guard_member WHERE composite = \(composite)
                UNION SELECT m.member FROM content_guard_member m JOIN part ON m.composite = part.id)
            SELECT 1 FROM part WHERE id = \(composite)
            """)
        if isPartOfItself != nil { throw ValidationError("guards", "A composite content guard cannot be a part of itself.") }
    }
}
