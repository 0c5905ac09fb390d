extension ContentGuardKind {
    /// Tells those who serve.
    public static func didStore(_ record: Record<Self>, replacing previous: Record<Self>?, in db: any SQLConnection) throws {
        try db.bumpCatalogue()
    }

    /// Tells those who serve.
    /// - Throws: ``PulpError`` with `protected` when a distribution or another guard relies on the guard: without it, what was guarded
    ///   would be there for everybody.
    public static func willDelete(_ record: Record<Self>, in db: any SQLConnection) throws {
        if let name: String = try db.value("SELECT name FROM distribution WHERE content_guard = \(record.key) ORDER BY id LIMIT 1") {
            throw PulpError(.protected, "the content guard \(record.contentGuard.name) guards the distribution \(name)")
        }
        let composite: String? = try db.value(
            """
            SELECT g.name FROM content_guard_member m JOIN content_guard g ON g.id = m.composite
            WHERE m.member = \(record.key) ORDER BY g.id LIMIT 1
            """)
        if let composite {
            throw PulpError(.protected, "the content guard \(record.contentGuard.name) is part of the content guard \(composite)")
        }
        try db.bumpCatalogue()
    }
}
