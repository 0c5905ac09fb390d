import NIOCore
import PulpTesting

@testable import PulpCore

/// A store with rows written by hand, so that a test can say what a healthy program never writes.
struct StoreBuilder: Sendable {
    let database: any Database
    let store: LocalArtifactStore
    let folder: String

    static func with(
        _ kind: DatabaseKind, isolation: isolated (any Actor)? = #isolation, _ body: (StoreBuilder) async throws -> Void
    ) async throws {
        try await kind.withDatabase { database in
            try await TemporaryDirectory.with { folder in
                try await database.migrate(Migrations.core, family: "core")
                try await body(
                    StoreBuilder(
                        database: database, store: try LocalArtifactStore(mediaRoot: folder.path + "/media"), folder: folder.path))
            }
        }
    }

    var artifacts: Artifacts { Artifacts(database: database, store: store, allowed: [.sha256, .sha512]) }

    /// Adds an artifact with a text for its bytes.
    @discardableResult
    func artifact(_ text: String) async throws -> Artifact { try await artifacts.add(ByteBuffer(string: text)) }

    func repository(_ name: String, next: Int = 2) async throws -> Int64 {
        try await database.write { db in
            try insert(
                """
                INSERT INTO repository (prn, type, name, next_version, pulp_labels, details, created, updated)
                VALUES (\(Self.prn(ofRepository: name)), 'test.repo', \(name), \(next), '{}', '{}', 0, 0) RETURNING id
                """, db)
        }
    }

    static func prn(ofRepository name: String) -> String { "prn:test.repo:\(name)" }

    @discardableResult
    func version(_ number: Int, of repository: Int64, complete: Bool = true) async throws -> Int64 {
        try await database.write { db in
            try insert(
                """
                INSERT INTO repository_version (uuid, repository, number, complete, created, updated)
                VALUES (\(UUIDv7.make()), \(repository), \(number), \(complete), 0, 0) RETURNING id
                """, db)
        }
    }

    /// Adds a unit with files; a file is a path and the key of its artifact.
    @discardableResult
    func content(
        _ key: String, repositoryKey: String? = nil, type: String = "test.unit", touched: Timestamp = .now,
        files: [(path: String, artifact: Int64?)] = []
    ) async throws -> Int64 {
        try await database.write { db in
            let content = try insert(
                """
                INSERT INTO content (uuid, type, natural_key, repository_key, created, updated, touched)
                VALUES (\(UUIDv7.make()), \(type), \(key), \(repositoryKey ?? key), 0, 0, \(touched)) RETURNING id
                """, db)
            for (path, artifact) in files {
                try db.execute(
                    """
                    INSERT INTO content_artifact (content, relative_path, artifact) VALUES (\(content), \(path), \(artifact.sql))
                    """)
            }
            return content
        }
    }

    func put(_ content: Int64, in repository: Int64, from added: Int = 1, upTo removed: Int64 = .never) async throws {
        try await execute(
            """
            INSERT INTO repository_content (repository, content, added, removed)
            VALUES (\(repository), \(content), \(added), \(removed))
            """)
    }

    func count(_ version: Int64, added: Int, removed: Int = 0, present: Int, type: String = "test.unit") async throws {
        try await execute(
            """
            INSERT INTO repository_version_count (version, type, added, removed, present)
            VALUES (\(version), \(type), \(added), \(removed), \(present))
            """)
    }

    func remote(_ name: String) async throws -> Int64 {
        try await database.write { db in
            try insert(
                """
                INSERT INTO remote (prn, type, name, url, pulp_labels, details, created, updated)
                VALUES (\("prn:test.remote:\(name)"), 'test.remote', \(name), 'http://localhost/', '{}', '{}', 0, 0) RETURNING id
                """, db)
        }
    }

    /// Says that a remote has all files of a unit.
    func source(of content: Int64, at remote: Int64) async throws {
        try await execute(
            """
            INSERT INTO remote_artifact (content_artifact, remote, url)
            SELECT id, CAST(\(remote) AS BIGINT), relative_path FROM content_artifact WHERE content = \(content)
            """)
    }

    func execute(_ sql: SQL) async throws {
        _ = try await database.write { db in try db.execute(sql) }
    }

    func value<Value: SQLConvertible>(_ sql: SQL, as type: Value.Type = Value.self) async throws -> Value? {
        try await database.read { db in try db.value(sql, as: Value.self) }
    }

    func violations(verify: Bool = false) async throws -> [Violation] {
        var check = IntegrityCheck(database: database, store: store)
        check.verifiesChecksums = verify
        return try await check.violations()
    }
}

private func insert(_ sql: SQL, _ db: any SQLConnection) throws -> Int64 {
    guard let key = try db.value(sql, as: Int64.self) else { throw PulpError(.internal, "a row without a key") }
    return key
}
