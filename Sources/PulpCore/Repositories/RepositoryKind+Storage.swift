extension RepositoryKind {
    /// A new repository has version 0, which is empty.
    public static func didStore(_ record: Record<Self>, replacing previous: Record<Self>?, in db: any SQLConnection) throws {
        guard previous == nil else {
            return try VersionRetention(repository: try RepositoryRow.find(record.id.cast(), in: db)).run(in: db)
        }
        try db.execute(
            """
            INSERT INTO repository_version (uuid, repository, number, complete, created, updated)
            VALUES (\(UUIDv7.make()), \(record.key), 0, TRUE, \(record.created), \(record.created))
            """)
    }

    /// Its versions and their publications go with it; distributions of it stay, and serve nothing.
    public static func willDelete(_ record: Record<Self>, in db: any SQLConnection) throws {
        try db.bumpCatalogue()
    }
}
