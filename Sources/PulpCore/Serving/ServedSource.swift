/// Where a distribution's files come from: a publication, the version whose files pass through it, or a version alone.
struct ServedSource: Sendable, Hashable {
    struct Publication: Sendable, Hashable {
        let key: Int64
        let created: Timestamp
    }

    /// The set of units that a repository has at a number.
    struct Version: Sendable, Hashable {
        let key: Int64
        let repository: Int64
        let number: Int64
    }

    let publication: Publication?
    /// The version whose units are served at their own paths.
    let version: Version?
}

extension SQLConnection {
    /// What a distribution serves: its publication, or what its version or its repository has.
    ///
    /// Of a version that is its newest publication, or the version itself; of a repository the newest publication of its newest
    /// published version, or the latest version. Versions alone are served only where the type of distribution allows it.
    func source(of distribution: ServedDistribution, servesVersions: Bool) throws -> ServedSource? {
        if let publication = distribution.publication {
            return try publicationSource("p.id = \(publication)")
        }
        if let version = distribution.version {
            if let published = try publicationSource("v.id = \(version)") { return published }
            return servesVersions ? try versionSource("id = \(version)") : nil
        }
        if let repository = distribution.repository {
            if let published = try publicationSource("v.repository = \(repository)") { return published }
            return servesVersions ? try versionSource("repository = \(repository)") : nil
        }
        return nil
    }

    /// The newest complete publication, by version and then by age, that meets a condition.
    func publicationSource(_ condition: SQL, newestFirst order: SQL = "v.number DESC, p.id DESC") throws -> ServedSource? {
        let row = try first(
            """
            SELECT p.id, p.created, p.pass_through, v.id, v.repository, v.number
            FROM publication p JOIN repository_version v ON v.id = p.repository_version
            WHERE p.complete AND v.complete AND \(sql: condition) ORDER BY \(sql: order) LIMIT 1
            """)
        guard let row else { return nil }
        let version = ServedSource.Version(key: try row.get(3), repository: try row.get(4), number: try row.get(5))
        return ServedSource(
            publication: .init(key: try row.get(0), created: try row.get(1)),
            version: try row.get(2) ? version : nil)
    }

    private func versionSource(_ condition: SQL) throws -> ServedSource? {
        let row = try first(
            """
            SELECT id, repository, number FROM repository_version
            WHERE complete AND \(sql: condition) ORDER BY number DESC LIMIT 1
            """)
        guard let row else { return nil }
        return ServedSource(
            publication: nil, version: .init(key: try row.get(0), repository: try row.get(1), number: try row.get(2)))
    }
}
