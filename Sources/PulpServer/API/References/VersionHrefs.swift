import PulpCore

/// The hrefs of some repository versions, looked up together.
struct VersionHrefs: Sendable {
    struct Known: Sendable {
        let href: String
        let repository: String
    }

    private let known: [String: Known]

    /// - Parameter prns: of versions; what is there no more is left out.
    init(_ prns: some Sequence<String>, _ hrefs: Hrefs, in db: any SQLConnection) throws {
        let uuids = Set(prns.map { ID<RepositoryVersion>(prn: $0).uuid })
        guard !uuids.isEmpty else {
            known = [:]
            return
        }
        let rows = try db.query(
            """
            SELECT v.uuid, r.prn, v.number FROM repository_version AS v JOIN repository AS r ON r.id = v.repository
            WHERE v.uuid \(in: uuids)
            """)
        var known: [String: Known] = [:]
        for row in rows {
            let repository: String = try row.get(1)
            guard let href = hrefs.href(repository) else { continue }
            let number = try row.get(2, as: Int.self)
            known["prn:core.repositoryversion:" + (try row.get(0, as: String.self))] = Known(
                href: "\(href)versions/\(number)/", repository: href)
        }
        self.known = known
    }

    subscript(prn: String) -> Known? { known[prn] }
}
