/// Where a unit's file can be had: in the store already, or upstream.
struct FetchPlan: Sendable, Hashable {
    /// One source, as a remote artifact's row has it.
    struct Source: Sendable, Hashable {
        let key: Int64
        let remote: Int64
        let url: String
        let size: Int64?
        let digests: Digests
        let failedAt: Timestamp?
    }

    /// An artifact with the promised bytes, and whether the unit's file points to it.
    struct Known: Sendable, Hashable {
        let sha256: SHA256Digest
        let size: Int64
        let isLinked: Bool
        let key: Int64
    }

    let known: Known?
    /// What to try, in order: without those that failed a short while ago.
    let sources: [Source]
    /// What all of them together claim: the first word counts, and whatever comes must meet it, from wherever it comes.
    let size: Int64?
    let digests: Digests

    init(known: Known?, sources: [Source], failedSince: Timestamp) {
        self.known = known
        self.sources = sources.filter { $0.failedAt.map { $0 < failedSince } ?? true }
        var (size, digests) = (known?.size, Digests())
        digests[.sha256] = known?.sha256.hex
        for source in self.sources {
            size = size ?? source.size
            for algorithm in source.digests.algorithms where digests[algorithm] == nil {
                digests[algorithm] = source.digests[algorithm]
            }
        }
        (self.size, self.digests) = (size, digests)
    }
}

extension SQLConnection {
    /// Where the bytes of a unit's file can be had.
    /// - Parameter failedSince: sources that failed after this moment are left out.
    /// - Returns: nil when the unit's file is gone.
    func fetchPlan(for contentArtifact: Int64, failedSince: Timestamp) throws -> FetchPlan? {
        let linked = try first(
            """
            SELECT a.id, a.sha256, a.size FROM content_artifact c LEFT JOIN artifact a ON a.id = c.artifact
            WHERE c.id = \(contentArtifact)
            """)
        guard let linked else { return nil }
        let sources = try query(
            """
            SELECT id, remote, url, size, failed_at, sha256, sha512, sha384, sha224, sha1, md5 FROM remote_artifact
            WHERE content_artifact = \(contentArtifact) ORDER BY id
            """
        ).map { row in
            var digests = Digests()
            for algorithm in DigestAlgorithm.byStrength { digests[algorithm] = try row.get(algorithm.rawValue) }
            return FetchPlan.Source(
                key: try row.get(0), remote: try row.get(1), url: try row.get(2), size: try row.get(3),
                digests: digests, failedAt: try row.get(4))
        }
        return FetchPlan(
            known: try known(linked, isLinked: true) ?? artifact(promisedBy: sources), sources: sources,
            failedSince: failedSince)
    }

    /// The same bytes may have come another way.
    private func artifact(promisedBy sources: [FetchPlan.Source]) throws -> FetchPlan.Known? {
        guard let sha256 = sources.lazy.compactMap(\.digests.sha256).first else { return nil }
        let row = try first("SELECT id, sha256, size FROM artifact WHERE domain = 1 AND sha256 = \(sha256)")
        return try row.flatMap { try known($0, isLinked: false) }
    }

    private func known(_ row: Row, isLinked: Bool) throws -> FetchPlan.Known? {
        guard let key = try row.get(0, as: Int64?.self) else { return nil }
        return FetchPlan.Known(sha256: try row.get(1), size: try row.get(2), isLinked: isLinked, key: key)
    }
}
