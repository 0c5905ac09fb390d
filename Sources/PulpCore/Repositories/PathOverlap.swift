/// Finds files of a version that cannot stand beside each other in one tree: two with one path, or one whose path is a folder of
/// another's.
struct PathOverlap: Sendable {
    let repository: Int64
    let number: Int64

    /// - Parameter added: how many units the version adds. A small change is looked up path by path; a large one is found by reading
    ///   all paths in order once.
    /// - Throws: ``PulpError`` with `invalid`, which names both paths.
    func check(added: Int64, in db: any SQLConnection) throws {
        let conflict = try added > 500 ? conflictInOrder(in: db) : conflictOfAdded(in: db)
        guard let conflict else { return }
        let (path, other) = (try conflict.get(0, as: String.self), try conflict.get(1, as: String.self))
        throw PulpError(
            .invalid,
            path == other
                ? "two units of the version have a file at the path \(path.debugDescription)"
                : "the path \(other.debugDescription) needs a folder where \(path.debugDescription) is a file")
    }

    private var present: SQL { "rc.repository = \(repository) AND rc.added <= \(number) AND rc.removed > \(number)" }

    /// With U+0001 in place of the slash, nothing sorts between a path and the paths below it.
    private func conflictInOrder(in db: any SQLConnection) throws -> Row? {
        try db.first(
            """
            SELECT before, path FROM (
                SELECT ca.relative_path AS path,
                    LAG(ca.relative_path) OVER (ORDER BY REPLACE(ca.relative_path, '/', \("\u{1}"))) AS before
                FROM repository_content rc JOIN content_artifact ca ON ca.content = rc.content WHERE \(sql: present)) ordered
            WHERE path = before OR SUBSTR(path, 1, LENGTH(before) + 1) = before || '/' LIMIT 1
            """)
    }

    private func conflictOfAdded(in db: any SQLConnection) throws -> Row? {
        var ancestors = SQLRows([("path", .text), ("ancestor", .text)])
        var exact = SQLRows([("content", .integer), ("path", .text), ("first", .text), ("past", .text)])
        try db.forEach(
            """
            SELECT rc.content, ca.relative_path FROM repository_content rc JOIN content_artifact ca ON ca.content = rc.content
            WHERE rc.repository = \(repository) AND rc.added = \(number)
            """
        ) { row in
            let path = try row.get(1, as: String.self)
            // '0' follows '/', so these bound what is below the path.
            exact.append([row.values[0], .text(path), .text(path + "/"), .text(path + "0")])
            for ancestor in BasePath.ancestors(of: path) { ancestors.append([.text(path), .text(ancestor)]) }
        }
        if exact.isEmpty { return nil }
        let same = try db.first(
            """
            SELECT r.path, r.path FROM \(rows: exact, as: "r") CROSS JOIN content_artifact ca CROSS JOIN repository_content rc
            WHERE ca.relative_path = r.path AND ca.content <> r.content AND rc.content = ca.content AND \(sql: present) LIMIT 1
            """)
        if let same { return same }
        let below = try db.first(
            """
            SELECT r.path, ca.relative_path FROM \(rows: exact, as: "r") CROSS JOIN content_artifact ca CROSS JOIN repository_content rc
            WHERE ca.relative_path >= r.first AND ca.relative_path < r.past AND rc.content = ca.content AND \(sql: present) LIMIT 1
            """)
        if let below { return below }
        return ancestors.isEmpty
            ? nil
            : try db.first(
                """
                SELECT ca.relative_path, r.path FROM \(rows: ancestors, as: "r") CROSS JOIN content_artifact ca CROSS JOIN repository_content rc
                WHERE ca.relative_path = r.ancestor AND rc.content = ca.content AND \(sql: present) LIMIT 1
                """)
    }
}
