/// An artifact that has a row: what is known of its bytes, and the row's key inside the database.
public struct StoredArtifact: Sendable, Hashable {
    /// The row's key inside the database.
    public let key: Int64
    /// The size and the digests, as far as the row has them.
    public let description: ArtifactDescription
}

/// What somebody says of bytes that may be here already.
public struct ArtifactClaim: Sendable, Hashable {
    /// In bytes; nil when nobody says.
    public var size: Int64?
    /// At least one, or nothing is found.
    public var digests: Digests

    /// A claim; of the size only where somebody claims one.
    public init(size: Int64? = nil, digests: Digests) { (self.size, self.digests) = (size, digests) }
}

/// The rows of artifacts. All of it is for use inside a transaction, and costs a few statements however many artifacts there are.
extension SQLConnection {
    /// Makes rows for artifacts whose bytes are committed, or finds the rows that are there; each counts as used from now on.
    ///
    /// Two transactions may do so for one artifact at once: both get the same row. Digests that a row lacks and the description
    /// has are filled in.
    /// - Parameter permit: what ``ArtifactStore/commit(_:then:)`` of these artifacts gave.
    /// - Returns: the key of each row.
    public func insertArtifacts(
        _ descriptions: some Sequence<ArtifactDescription>, under permit: CommitPermit, at now: Timestamp
    ) throws -> [SHA256Digest: Int64] {
        try permit.check(self)
        let distinct = Dictionary(descriptions.map { ($0.sha256, $0) }, uniquingKeysWith: { first, _ in first })
        guard !distinct.isEmpty else { return [:] }
        let others = ArtifactColumns.others
        var rows = SQLRows([("uuid", .text), ("size", .integer), ("sha256", .text)] + others.map { ($0.rawValue, .text) })
        // In one order everywhere, so that two transactions never wait for each other's rows.
        for artifact in distinct.values.sorted(by: { $0.sha256 < $1.sha256 }) {
            rows.append(
                [.text(UUIDv7.make(at: now)), artifact.size.sql, artifact.sha256.sql] + others.map { artifact.digests[$0].sql })
        }
        let names = others.map(\.rawValue).joined(separator: ", ")
        let filled = others.map { "\($0.rawValue) = COALESCE(artifact.\($0.rawValue), excluded.\($0.rawValue))" }
        var keys: [SHA256Digest: Int64] = [:]
        try forEach(
            """
            INSERT INTO artifact (uuid, size, sha256, \(raw: names), created, touched)
            SELECT r.uuid, r.size, r.sha256, \(raw: others.map { "r.\($0.rawValue)" }.joined(separator: ", ")),
                CAST(\(now) AS BIGINT), CAST(\(now) AS BIGINT)
            FROM \(rows: rows, as: "r") WHERE TRUE
            ON CONFLICT (domain, sha256) DO UPDATE SET \(raw: filled.joined(separator: ", ")),
                touched = CASE WHEN artifact.touched < \(now - ContentRows.touchInterval) THEN excluded.touched ELSE artifact.touched END
            RETURNING sha256, id
            """
        ) { row in keys[try row.get(0)] = try row.get(1) }
        return keys
    }

    /// Finds artifacts by what is claimed of them, and marks those found as used.
    ///
    /// The strongest digest of a claim decides where to look; a claim that another digest or the size contradicts finds nothing.
    /// - Returns: what was found for each claim, in their order.
    public func findArtifacts(_ claims: [ArtifactClaim], at now: Timestamp) throws -> [StoredArtifact?] {
        var positions: [DigestAlgorithm: [String: [Int]]] = [:]
        for (position, claim) in claims.enumerated() {
            guard let algorithm = DigestAlgorithm.byStrength.first(where: { claim.digests[$0] != nil }),
                let digest = claim.digests[algorithm]
            else { continue }
            positions[algorithm, default: [:]][digest, default: []].append(position)
        }
        var found = [StoredArtifact?](repeating: nil, count: claims.count)
        var keys: Set<Int64> = []
        for (algorithm, wanted) in positions {
            let column = algorithm.rawValue
            try forEach(
                """
                SELECT \(raw: ArtifactColumns.all) FROM artifact
                WHERE domain = 1 AND \(raw: column) \(in: wanted.keys) ORDER BY id
                """
            ) { row in
                let artifact = try ArtifactColumns.read(row)
                for position in artifact.description.digests[algorithm].flatMap({ wanted[$0] }) ?? [] {
                    let claim = claims[position]
                    guard artifact.description.digests.mismatch(with: claim.digests) == nil,
                        claim.size == nil || claim.size == artifact.description.size
                    else { continue }
                    found[position] = artifact
                    keys.insert(artifact.key)
                }
            }
        }
        try touchArtifacts(keys, at: now)
        return found
    }

    /// Marks artifacts as used, so that orphan cleanup leaves them alone for a while.
    ///
    /// Writes only what was last used over an hour ago.
    public func touchArtifacts(_ keys: some Sequence<Int64>, at now: Timestamp) throws {
        let keys = Set(keys)
        guard !keys.isEmpty else { return }
        // Rows that another transaction holds are touched by it, or are being deleted; a reference to those fails.
        try execute(
            """
            UPDATE artifact SET touched = \(now) WHERE id IN (
                SELECT id FROM artifact WHERE id \(in: keys) AND touched < \(now - ContentRows.touchInterval)
                ORDER BY id \(dialect: { $0.skipLocked }))
            """)
    }
}

/// The columns of `artifact` that describe bytes.
enum ArtifactColumns {
    static let others = DigestAlgorithm.allCases.filter { $0 != .sha256 }
    static let all = (["id", "size"] + DigestAlgorithm.allCases.map(\.rawValue)).joined(separator: ", ")

    /// Reads the columns of ``all``, which begin at a position.
    static func read(_ row: Row, from first: Int = 0) throws -> StoredArtifact {
        var digests = Digests()
        for (index, algorithm) in DigestAlgorithm.allCases.enumerated() {
            digests[algorithm] = try row.get(first + 2 + index, as: String?.self)
        }
        return StoredArtifact(key: try row.get(first), description: ArtifactDescription(size: try row.get(first + 1), digests: digests))
    }
}

extension SQLConnection {
    /// Artifacts in the order of their keys, from behind a key on: none at the end of the table.
    /// - Parameter version: only those that files of this version have; all when nil.
    func artifacts(of version: RepositoryVersion? = nil, after key: Int64, limit: Int) throws -> [StoredArtifact] {
        let inVersion: SQL =
            version.map { version in
                """
                AND EXISTS (
                    SELECT 1 FROM content_artifact ca JOIN repository_content rc ON rc.content = ca.content
                    WHERE ca.artifact = artifact.id AND rc.repository = \(version.repositoryKey)
                        AND rc.added <= \(version.number) AND rc.removed > \(version.number))
                """
            } ?? ""
        return try query(
            """
            SELECT \(raw: ArtifactColumns.all) FROM artifact WHERE id > \(key) \(sql: inVersion) ORDER BY id LIMIT \(limit)
            """
        ).map { try ArtifactColumns.read($0) }
    }
}
