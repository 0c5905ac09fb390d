/// Deletes a version so that every other version holds what it held before.
///
/// A version in the middle is squashed into its successor: what it changed becomes the successor's change, and changes that undo
/// each other vanish. Of the latest version the changes are undone. The number is not used again.
struct VersionDeletion: Sendable {
    let version: RepositoryVersion

    private var repository: Int64 { version.repositoryKey }
    private var number: Int64 { Int64(version.number) }

    func run(in db: any SQLConnection) throws {
        try db.lock("repository:\(repository)")
        let later = try RepositoryVersion.list(
            where: "r.id = \(repository) AND v.number > \(number)", order: "v.number LIMIT 1", in: db
        ).first
        if let later {
            try squash(into: Int64(later.number), in: db)
            try recount(later, in: db)
        } else {
            try Membership(repository: repository, number: number).abandon(in: db)
        }
        try db.execute("DELETE FROM repository_version WHERE id = \(version.key)")
        try db.bumpCatalogue()
    }

    private func squash(into successor: Int64, in db: any SQLConnection) throws {
        // Added here and gone in the successor: never was.
        try db.execute(
            """
            DELETE FROM repository_content WHERE repository = \(repository) AND added = \(number) AND removed = \(successor)
            """)
        // Removed here and back in the successor: was there all along. The earlier interval takes over the later one's end.
        let returned: SQL = """
            SELECT later.content, later.removed FROM repository_content earlier JOIN repository_content later
                ON later.repository = earlier.repository AND later.content = earlier.content AND later.added = \(successor)
            WHERE earlier.repository = \(repository) AND \(sql: .removed(in: number, "earlier."))
            """
        let fused = try db.query(returned)
        if !fused.isEmpty {
            var rows = SQLRows([("content", .integer), ("removed", .integer)])
            for row in fused { rows.append(row.values) }
            try db.execute(
                """
                DELETE FROM repository_content WHERE repository = \(repository) AND added = \(successor)
                    AND content IN (SELECT r.content FROM \(rows: rows, as: "r"))
                """)
            try db.execute(
                """
                UPDATE repository_content SET removed = (SELECT r.removed FROM \(rows: rows, as: "r") WHERE r.content = repository_content.content)
                WHERE repository = \(repository) AND \(sql: .removed(in: number)) AND content IN (SELECT r.content FROM \(rows: rows, as: "r"))
                """)
        }
        try db.execute("UPDATE repository_content SET added = \(successor) WHERE repository = \(repository) AND added = \(number)")
        try db.execute(
            "UPDATE repository_content SET removed = \(successor) WHERE repository = \(repository) AND \(sql: .removed(in: number))")
    }

    /// What the successor adds and removes is counted again; what it holds did not change.
    private func recount(_ successor: RepositoryVersion, in db: any SQLConnection) throws {
        for edge in ["added", "removed"] {
            try db.execute(
                """
                UPDATE repository_version_count SET \(raw: edge) = (
                    SELECT COUNT(*) FROM repository_content rc JOIN content c ON c.id = rc.content
                    WHERE rc.repository = \(repository) AND \(sql: edge == "removed" ? .removed(in: Int64(successor.number), "rc.") : "rc.added = \(successor.number)") AND c.type = repository_version_count.type)
                WHERE version = \(successor.key)
                """)
        }
        try db.execute(
            """
            DELETE FROM repository_version_count WHERE version = \(successor.key) AND added = 0 AND removed = 0 AND present = 0
            """)
    }
}
