extension Migrations {
    /// What a version was begun with, where that was not the latest one.
    static let versionBases = Migration("bases of versions") { db in
        try db.create("ALTER TABLE repository_version ADD COLUMN base BIGINT REFERENCES repository_version (id) ON DELETE SET NULL")
        try db.create("CREATE INDEX repository_version_base ON repository_version (base) WHERE base IS NOT NULL")
    }
}
