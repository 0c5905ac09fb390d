extension DistributionKind {
    /// Checks what several settings together must obey, as ``DistributionSettings/validate()`` does.
    public func validate() throws(ValidationError) { try distribution.validate() }

    /// Takes the base path, and tells those who serve.
    /// - Throws: ``ValidationError`` when the path is another distribution's, or lies above or below it.
    public static func didStore(_ record: Record<Self>, replacing previous: Record<Self>?, in db: any SQLConnection) throws {
        let path = record.value.distribution.basePath
        if let previous, previous.value.distribution.basePath == path { return try db.bumpCatalogue() }
        if let previous { try BasePathTree.release(previous.value.distribution.basePath, in: db) }
        try BasePathTree.claim(path, in: db)
        try db.bumpCatalogue()
    }

    /// Gives the base path back, and tells those who serve.
    public static func willDelete(_ record: Record<Self>, in db: any SQLConnection) throws {
        try BasePathTree.release(record.value.distribution.basePath, in: db)
        try db.bumpCatalogue()
    }
}

/// The rows of `base_path`: who has a path, and which paths lie above distributions.
///
/// Its primary key makes exactly one of two overlapping claims win, however many processes make them at once.
private enum BasePathTree {
    /// - Throws: ``ValidationError`` when a distribution has the path, one above it or one below it.
    static func claim(_ path: String, in db: any SQLConnection) throws {
        let overlap = ValidationError("base_path", "Overlaps with an existing distribution at or below '\(path)'.")
        for ancestor in BasePath.ancestors(of: path) {
            let claimed = try db.execute(
                """
                INSERT INTO base_path (domain, path, ancestor, uses) VALUES (1, \(ancestor), TRUE, 1)
                ON CONFLICT (domain, path) DO UPDATE SET uses = base_path.uses + 1 WHERE base_path.ancestor
                """)
            guard claimed == 1 else {
                throw ValidationError("base_path", "Overlaps with existing distribution at '\(ancestor)'.")
            }
        }
        let claimed = try db.execute(
            """
            INSERT INTO base_path (domain, path, ancestor, uses) VALUES (1, \(path), FALSE, 1) ON CONFLICT (domain, path) DO NOTHING
            """)
        guard claimed == 1 else { throw overlap }
    }

    static func release(_ path: String, in db: any SQLConnection) throws {
        try db.execute("DELETE FROM base_path WHERE domain = 1 AND path = \(path) AND NOT ancestor")
        let ancestors = BasePath.ancestors(of: path)
        try db.execute("DELETE FROM base_path WHERE domain = 1 AND path \(in: ancestors) AND ancestor AND uses = 1")
        try db.execute("UPDATE base_path SET uses = uses - 1 WHERE domain = 1 AND path \(in: ancestors) AND ancestor")
    }
}
