/// One immutable state of a repository: a set of units, under a number that is never used again.
public struct RepositoryVersion: Sendable, Hashable, Codable {
    /// The version's identity.
    public let id: ID<RepositoryVersion>
    /// The repository that it is a state of.
    public let repository: ID<Repository>
    /// Counted from 0, the empty version that each repository begins with; there may be gaps.
    public let number: Int
    /// When its making began.
    public let created: Timestamp
    /// The rows' keys inside the database.
    let key: Int64
    let repositoryKey: Int64
}

extension RepositoryVersion: Referable {
    /// The table of versions.
    public static let table = ResourceTable.repositoryVersion
}

extension RepositoryVersion {
    /// Sealed versions, under a condition on `repository_version` as `v` and `repository` as `r`.
    static func list(where condition: SQL, order: SQL = "v.number", in db: any SQLConnection) throws -> [RepositoryVersion] {
        try db.query(
            """
            SELECT v.uuid, r.prn, v.number, v.created, v.id, r.id FROM repository_version v JOIN repository r ON r.id = v.repository
            WHERE v.complete AND (\(sql: condition)) ORDER BY \(sql: order)
            """
        ).map { row in
            RepositoryVersion(
                id: ID(prn: "prn:core.repositoryversion:" + (try row.get(0, as: String.self))), repository: ID(prn: try row.get(1)),
                number: try row.get(2), created: try row.get(3), key: try row.get(4), repositoryKey: try row.get(5))
        }
    }

    /// Versions with these keys, and what is known of them: three statements for any number.
    package static func shown(_ keys: [Int64], in db: any SQLConnection) throws -> [VersionDetails] {
        var counts: [Int64: [String: ContentSummary.Counts]] = [:]
        for row in try db.query(
            "SELECT version, type, added, removed, present FROM repository_version_count WHERE version \(in: keys)")
        {
            counts[try row.get(0), default: [:]][try row.get(1)] = .init(
                added: try row.get(2), removed: try row.get(3), present: try row.get(4))
        }
        var rest: [Int64: (updated: Timestamp, base: VersionDetails.Base?)] = [:]
        for row in try db.query(
            """
            SELECT v.id, v.updated, b.number, r.prn FROM repository_version v LEFT JOIN repository_version b ON b.id = v.base
            LEFT JOIN repository r ON r.id = b.repository WHERE v.id \(in: keys)
            """)
        {
            let repository = try row.get(3, as: String?.self)
            let base = try repository.map { VersionDetails.Base(repository: ID(prn: $0), number: try row.get(2)) }
            rest[try row.get(0)] = (try row.get(1), base)
        }
        return try list(where: "v.id \(in: keys)", in: db).map { version in
            VersionDetails(
                key: version.key, version: version, updated: rest[version.key]?.updated ?? version.created, base: rest[version.key]?.base,
                summary: ContentSummary(counts: counts[version.key] ?? [:]))
        }
    }

    /// A sealed version of a repository, by its number; nil when there is none.
    package static func find<R>(_ number: Int, of repository: ID<R>, in db: any SQLConnection) throws -> RepositoryVersion? {
        try list(where: "r.prn = \(repository) AND v.number = \(number)", in: db).first
    }

    static func latest(of repository: Int64, in db: any SQLConnection) throws -> RepositoryVersion? {
        try list(where: "r.id = \(repository)", order: "v.number DESC LIMIT 1", in: db).first
    }

    /// A row of `repository_content` under this alias belongs to the version.
    func holds(_ alias: String) -> SQL {
        "\(raw: alias).repository = \(repositoryKey) AND \(raw: alias).added <= \(number) AND \(raw: alias).removed > \(number)"
    }

    /// A row of `repository_content` under this alias belongs to the version, and its unit is not in another one.
    func holds(_ alias: String, butNot other: RepositoryVersion) -> SQL {
        // Within one repository a unit that only one of two versions holds has an interval that begins or ends between them.
        let (low, high) = (min(number, other.number), max(number, other.number))
        let between: SQL =
            if repositoryKey != other.repositoryKey {
                "TRUE"
            } else if number > other.number {
                "\(raw: alias).added > \(low) AND \(raw: alias).added <= \(high)"
            } else {
                """
                \(raw: alias).removed < 9223372036854775807 AND \(raw: alias).removed > \(low)
                AND \(raw: alias).removed <= \(high)
                """
            }
        return """
            \(sql: holds(alias)) AND \(sql: between) AND NOT EXISTS (
                SELECT 1 FROM repository_content theirs WHERE theirs.content = \(raw: alias).content AND \(sql: other.holds("theirs")))
            """
    }
}

/// A version with all that is shown of it.
package struct VersionDetails: Sendable {
    /// Another version that a version began with.
    package struct Base: Sendable {
        package let repository: ID<Repository>
        package let number: Int
    }

    package let key: Int64
    package let version: RepositoryVersion
    package let updated: Timestamp
    /// Nil for the version before, and for one that is gone.
    package let base: Base?
    package let summary: ContentSummary
}

/// How many units of each type a version holds, and how many it added and removed.
public struct ContentSummary: Sendable, Hashable {
    /// How many units of one type there are.
    public struct Counts: Sendable, Hashable {
        /// Those that the predecessor did not hold.
        public let added: Int
        /// Those that the predecessor held and this version does not.
        public let removed: Int
        /// Those that the version holds.
        public let present: Int
    }

    /// By type, `file.file`.
    public let counts: [String: Counts]
}

/// What distinguishes two versions.
public struct VersionDiff: Sendable {
    /// Units that only the second version holds.
    public let added: [ID<Content>]
    /// Units that only the first version holds.
    public let removed: [ID<Content>]
}
