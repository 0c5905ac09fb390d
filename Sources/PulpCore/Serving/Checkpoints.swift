/// The checkpoints of a repository: publications that are served for good, each under the moment it was made.
enum Checkpoints {
    /// What a path below a checkpoint distribution asks for.
    enum Target: Hashable {
        /// The list of moments.
        case list
        /// A moment, and what lies below it.
        case moment(Timestamp, rest: String?)
        case invalid
    }

    /// Takes apart a path below the base path.
    static func target(of path: String?) -> Target {
        guard let path else { return .list }
        let parts = path.pathSegments(maxSplits: 1)
        guard let first = parts.first, let moment = Timestamp(compact: String(first)) else { return .invalid }
        return .moment(moment, rest: parts.count > 1 ? String(parts[1]) : nil)
    }
}

extension SQLConnection {
    /// The newest checkpoint of a repository that was made up to a moment, its whole second included.
    func checkpoint(of repository: Int64, upTo moment: Timestamp) throws -> ServedSource? {
        try publicationSource(
            "p.checkpoint AND v.repository = \(repository) AND p.created < \(moment + .seconds(1))",
            newestFirst: "p.created DESC, p.id DESC")
    }

    /// The moments of a repository's checkpoints, oldest first.
    func checkpointMoments(of repository: Int64) throws -> [Timestamp] {
        try query(
            """
            SELECT p.created FROM publication p JOIN repository_version v ON v.id = p.repository_version
            WHERE p.checkpoint AND p.complete AND v.complete AND v.repository = \(repository) ORDER BY p.created
            """
        ).map { try $0.get(0) }
    }
}
