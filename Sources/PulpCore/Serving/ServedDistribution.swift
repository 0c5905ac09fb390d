/// A distribution's row, as far as serving needs it.
struct ServedDistribution: Sendable {
    let type: String
    let basePath: String
    let repository: Int64?
    let version: Int64?
    let publication: Int64?
    let isCheckpoint: Bool
    /// The row of what guards it.
    let contentGuard: Int64?

    var servesNothing: Bool { repository == nil && version == nil && publication == nil }
}

/// Which distributions listings name.
enum ShownDistributions: Sendable {
    case notHidden
    /// Also without those that are guarded.
    case notHiddenNorGuarded

    var condition: SQL {
        switch self {
        case .notHidden: "NOT hidden"
        case .notHiddenNorGuarded: "NOT hidden AND content_guard IS NULL"
        }
    }
}

extension SQLConnection {
    /// The distribution that a path belongs to; as base paths do not overlap, there is at most one.
    ///
    /// The greatest base path not after the path is the one, or shares with the path every ancestor that can still be it; so
    /// a path of two thousand segments costs no more than a short one.
    func distribution(holding path: RelativePath) throws -> ServedDistribution? {
        var bound = path.description
        while true {
            let row = try first(
                """
                SELECT base_path, type, repository, repository_version, publication, checkpoint, content_guard FROM distribution
                WHERE domain = 1 AND base_path <= \(bound) ORDER BY base_path DESC LIMIT 1
                """)
            guard let row else { return nil }
            let basePath: String = try row.get(0)
            if path.isAtOrBelow(basePath) {
                return ServedDistribution(
                    type: try row.get(1), basePath: basePath, repository: try row.get(2), version: try row.get(3),
                    publication: try row.get(4), isCheckpoint: try row.get(5), contentGuard: try row.get(6))
            }
            guard let shorter = path.longestAncestor(starting: basePath) else { return nil }
            bound = shorter
        }
    }

    /// The next segments of the base paths below a path, each with a slash at its end, of the distributions that are shown.
    func basePathSegments(below path: String, _ shown: ShownDistributions) throws -> [String] {
        let prefix = PathPrefix(path)
        return try query(
            """
            SELECT DISTINCT \(sql: prefix.child(of: "base_path")) AS child FROM distribution
            WHERE domain = 1 AND \(sql: prefix.contains("base_path")) AND \(sql: shown.condition) ORDER BY child
            """
        ).map { row in
            let child: String = try row.get(0)
            return child.utf8.last == UInt8(ascii: "/") ? child : child + "/"
        }
    }

    /// The base paths of the distributions that are shown.
    func basePaths(_ shown: ShownDistributions) throws -> [String] {
        try query("SELECT base_path FROM distribution WHERE domain = 1 AND \(sql: shown.condition) ORDER BY base_path")
            .map { try $0.get(0) }
    }
}
