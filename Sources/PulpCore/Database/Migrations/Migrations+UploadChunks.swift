extension Migrations {
    /// Chunks have names of their own in the artifact store.
    ///
    /// Those that were files of one machine are forgotten: the clients of unfinished uploads are asked for them again.
    static let uploadChunks = Migration("chunks in the artifact store") { db in
        try db.create("DROP TABLE upload_chunk")
        try db.create(
            """
            CREATE TABLE upload_chunk (
                upload BIGINT NOT NULL REFERENCES upload (id) ON DELETE CASCADE, start BIGINT NOT NULL, size BIGINT NOT NULL,
                sha256 {text} NOT NULL, uuid {text} NOT NULL UNIQUE, PRIMARY KEY (upload, start))
            """)
    }
}
