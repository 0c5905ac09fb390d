/// Deletes the versions beyond those that a repository keeps.
struct VersionRetention: Sendable {
    let repository: RepositoryRow

    func run(in db: any SQLConnection) throws {
        guard let keep = repository.retainRepoVersions else { return }
        let versions = try RepositoryVersion.list(where: "r.id = \(repository.key)", in: db)
        guard versions.count > keep else { return }
        let protected = try ProtectedVersions(repository: repository.key).numbers(in: db)
        for number in Self.surplus(of: versions.map(\.number), keeping: keep, protected: protected) {
            guard let version = versions.first(where: { $0.number == number }) else { continue }
            try VersionDeletion(version: version).run(in: db)
        }
    }

    /// The numbers to delete: all but the newest `keep` of those that nothing protects.
    ///
    /// Protected versions do not count against the ones to keep, and the newest version always stays.
    static func surplus(of numbers: [Int], keeping keep: Int, protected: Set<Int>) -> [Int] {
        let sorted = numbers.sorted()
        let free = sorted.filter { !protected.contains($0) }
        return free.dropLast(max(keep, 0)).filter { $0 != sorted.last }
    }
}

/// Versions that something serves: a distribution names it, or a publication of it; or it is what a distributed repository stands for.
struct ProtectedVersions: Sendable {
    let repository: Int64

    func numbers(in db: any SQLConnection) throws -> Set<Int> {
        let rows = try db.query(
            """
            SELECT v.number FROM repository_version v WHERE v.repository = \(repository) AND v.complete AND (
                EXISTS (SELECT 1 FROM distribution d WHERE d.repository_version = v.id)
                OR EXISTS (SELECT 1 FROM publication p JOIN distribution d ON d.publication = p.id WHERE p.repository_version = v.id)
                OR EXISTS (
                    SELECT 1 FROM publication p JOIN distribution d ON d.repository = v.repository AND d.checkpoint
                    WHERE p.repository_version = v.id AND p.checkpoint AND p.complete)
                OR (EXISTS (SELECT 1 FROM distribution d WHERE d.repository = v.repository) AND (
                    v.number = (SELECT MAX(l.number) FROM repository_version l WHERE l.repository = v.repository AND l.complete)
                    OR v.number = (
                        SELECT MAX(l.number) FROM repository_version l JOIN publication p ON p.repository_version = l.id
                        WHERE l.repository = v.repository AND l.complete AND p.complete))))
            """)
        return Set(try rows.map { try $0.get(0) })
    }
}
