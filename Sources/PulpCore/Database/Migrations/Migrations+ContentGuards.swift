extension Migrations {
    /// Content guards, the parts of composite ones, and what each distribution is guarded by.
    static let contentGuards = Migration("content guards") { db in
        for statement in statements { try db.create(statement) }
    }

    /// What relies on a guard keeps it from being deleted, where the program did not: nothing loses its guard unseen.
    private static let statements = [
        """
        CREATE TABLE content_guard (
            id {identity}, prn {text} NOT NULL UNIQUE, domain BIGINT NOT NULL DEFAULT 1 REFERENCES domain (id),
            type {text} NOT NULL, name {text} NOT NULL, description {text},
            details {json} NOT NULL, secrets {text}, created BIGINT NOT NULL, updated BIGINT NOT NULL,
            UNIQUE (domain, name))
        """,
        """
        CREATE TABLE content_guard_member (
            composite BIGINT NOT NULL REFERENCES content_guard (id) ON DELETE CASCADE,
            member BIGINT NOT NULL REFERENCES content_guard (id), PRIMARY KEY (composite, member))
        """,
        "CREATE INDEX content_guard_member_member ON content_guard_member (member)",
        "ALTER TABLE distribution ADD COLUMN content_guard BIGINT REFERENCES content_guard (id)",
        "CREATE INDEX distribution_content_guard ON distribution (content_guard) WHERE content_guard IS NOT NULL",
    ]
}
