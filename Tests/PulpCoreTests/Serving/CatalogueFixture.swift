import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

/// A catalogue made row by row, the store its artifacts are in, a scripted upstream, and what serves them.
struct CatalogueFixture {
    let database: CountingDatabase
    let store: LocalArtifactStore
    let upstream: ScriptedUpstream
    let serving: Serving

    /// The moment that everything here was made at, unless a test says otherwise.
    static let moment = Timestamp(year: 2024, month: 5, day: 6, hour: 7, minute: 8, second: 9)

    static func with(
        _ kind: DatabaseKind, limits: AnswerCache.Limits = .init(), isolation: isolated (any Actor)? = #isolation,
        _ body: (CatalogueFixture) async throws -> Void
    ) async throws {
        try await kind.withDatabase { database in
            try await database.migrate(Migrations.core, family: "core")
            try await TemporaryDirectory.with { folder in
                let fixture = try CatalogueFixture(database, folder, limits)
                try await body(fixture)
                await fixture.serving.shutdown()
            }
        }
    }

    private init(_ database: any Database, _ folder: TemporaryDirectory, _ limits: AnswerCache.Limits) throws {
        let database = CountingDatabase(database)
        let (store, upstream) = (try LocalArtifactStore(mediaRoot: folder.path), ScriptedUpstream())
        (self.database, self.store, self.upstream) = (database, store, upstream)
        serving = Serving(
            database: database, store: store, settings: Settings(dataDirectory: folder.path),
            distributions: [PublishedDistribution.self, VersionDistribution.self],
            remoteSettings: { key in
                let row = try await database.read { try $0.first("SELECT name, type FROM remote WHERE id = \(key)") }
                guard let row else { throw PulpError(.notFound, "there is no remote \(key)") }
                return RemoteSettings(name: try row.get(0), policy: try row.get(1) == "streamed" ? .streamed : .onDemand)
            },
            cacheLimits: limits, fetch: upstream.fetch)
    }

    /// The answer to a request, in a form that tests compare.
    func get(_ path: String) async throws -> Seen { try await Seen(serving.answer(ContentRequest(path: path)), store) }

    /// An answer that something arrives.
    func arriving(_ path: String) async throws -> any ArrivingArtifact {
        guard case .arriving(let file) = try await serving.answer(ContentRequest(path: path)) else {
            throw PulpError(.internal, "the answer to \(path) is none that arrives")
        }
        return file
    }

    /// Waits, by asking, until what was fetched is kept.
    func untilKept(_ path: String, _ text: String) async throws {
        while try await get(path) != .file(text) { await Task.yield() }
    }

    // MARK: Rows

    func repository(_ name: String = UUIDv7.make()) async throws -> Int64 {
        try await insert(
            """
            INSERT INTO repository (prn, type, name, pulp_labels, details, created, updated)
            VALUES (\(UUIDv7.make()), 'test.repository', \(name), '{}', '{}', \(Self.moment), \(Self.moment)) RETURNING id
            """)
    }

    @discardableResult
    func version(
        _ number: Int, of repository: Int64, units: Int = 0, isComplete: Bool = true, created: Timestamp = moment
    ) async throws -> Int64 {
        let version = try await insert(
            """
            INSERT INTO repository_version (uuid, repository, number, complete, created, updated)
            VALUES (\(UUIDv7.make()), \(repository), \(number), \(isComplete), \(created), \(created)) RETURNING id
            """)
        try await database.write { db in
            _ = try db.execute(
                """
                INSERT INTO repository_version_count (version, type, added, removed, present)
                VALUES (\(version), 'test.unit', 0, 0, \(units))
                """)
        }
        return version
    }

    /// A unit with one file, and its membership; without text it has no artifact.
    @discardableResult
    func unit(
        _ path: String, _ text: String? = "", in repository: Int64, added: Int = 1, removed: Int64 = .never
    ) async throws -> Int64 {
        var artifact: Int64?
        if let text { artifact = try await self.artifact(text) }
        return try await database.write { [artifact] db in
            let content: Int64 = try db.query(
                """
                INSERT INTO content (uuid, type, natural_key, repository_key, created, updated, touched)
                VALUES (\(UUIDv7.make()), 'test.unit', \(UUIDv7.make()), \(path), 0, 0, 0) RETURNING id
                """)[0].get(0)
            try db.execute(
                """
                INSERT INTO repository_content (repository, content, added, removed)
                VALUES (\(repository), \(content), \(added), \(removed))
                """)
            return try db.query(
                """
                INSERT INTO content_artifact (content, relative_path, artifact)
                VALUES (\(content), \(path), \(artifact.sql)) RETURNING id
                """)[0].get(0)
        }
    }

    func artifact(_ text: String) async throws -> Int64 {
        let staged = try await store.stage([.sha256])
        try await staged.write(ByteBuffer(string: text))
        let description = try await staged.finish()
        return try await store.commit([staged]) { [database] permit in
            try await database.write { try $0.insertArtifacts([description], under: permit, at: .now)[description.sha256] ?? 0 }
        }
    }

    @discardableResult
    func publication(
        of version: Int64, passThrough: Bool = false, isCheckpoint: Bool = false, isComplete: Bool = true,
        created: Timestamp = moment, files: [String: String] = [:], units: [String: Int64] = [:]
    ) async throws -> Int64 {
        let publication = try await insert(
            """
            INSERT INTO publication (prn, type, repository_version, pass_through, checkpoint, complete, details, created, updated)
            VALUES (\(UUIDv7.make()), 'test.publication', \(version), \(passThrough), \(isCheckpoint), \(isComplete), '{}',
                \(created), \(created)) RETURNING id
            """)
        for (path, text) in files {
            let artifact = try await artifact(text)
            try await publish(path, in: publication, contentArtifact: nil, artifact: artifact)
        }
        for (path, unit) in units { try await publish(path, in: publication, contentArtifact: unit, artifact: nil) }
        return publication
    }

    private func publish(_ path: String, in publication: Int64, contentArtifact: Int64?, artifact: Int64?) async throws {
        try await execute(
            """
            INSERT INTO published_file (publication, relative_path, content_artifact, artifact)
            VALUES (\(publication), \(path), \(contentArtifact.sql), \(artifact.sql))
            """)
    }

    func distribution(
        at basePath: String, repository: Int64? = nil, version: Int64? = nil, publication: Int64? = nil,
        isHidden: Bool = false, isCheckpoint: Bool = false, servesVersions: Bool = false
    ) async throws {
        let type = servesVersions ? VersionDistribution.schema.type : PublishedDistribution.schema.type
        try await execute(
            """
            INSERT INTO distribution (prn, type, name, base_path, repository, repository_version, publication, hidden,
                checkpoint, pulp_labels, details, created, updated)
            VALUES (\(UUIDv7.make()), \(type), \(basePath), \(basePath), \(repository.sql), \(version.sql), \(publication.sql),
                \(isHidden), \(isCheckpoint), '{}', '{}', \(Self.moment), \(Self.moment))
            """)
    }

    func remote(_ policy: DownloadPolicy = .onDemand) async throws -> Int64 {
        try await insert(
            """
            INSERT INTO remote (prn, type, name, url, pulp_labels, details, created, updated)
            VALUES (\(UUIDv7.make()), \(policy.rawValue), \(UUIDv7.make()), 'http://upstream/', '{}', '{}', 0, 0) RETURNING id
            """)
    }

    @discardableResult
    func source(
        of unit: Int64, at remote: Int64, _ url: String, promising text: String? = nil, size: Int? = nil
    ) async throws -> Int64 {
        let digest =
            text.map { text in
                ByteBuffer(string: text).withUnsafeReadableBytes { DigestHasher.digests(of: $0, [.sha256])[.sha256] }
            } ?? nil
        return try await insert(
            """
            INSERT INTO remote_artifact (content_artifact, remote, url, size, sha256)
            VALUES (\(unit), \(remote), \(url), \((size ?? text?.utf8.count).sql), \(digest.sql)) RETURNING id
            """)
    }

    func execute(_ statement: SQL) async throws { _ = try await database.write { try $0.execute(statement) } }

    func value<Value: SQLConvertible>(_ statement: SQL) async throws -> Value? {
        try await database.read { try $0.value(statement) }
    }

    private func insert(_ statement: SQL) async throws -> Int64 {
        try await database.write { try $0.query(statement)[0].get(0) }
    }
}

extension ArrivingArtifact {
    /// All bytes, as a server reads them.
    func text(limit: Int = 50_000) async throws -> String {
        defer { leave() }
        let size = try await size()
        var whole = ByteBuffer()
        while true {
            let part = try await read(from: Int64(whole.readableBytes), limit: limit)
            guard part.readableBytes > 0 else { break }
            whole.writeImmutableBuffer(part)
        }
        if let size { #expect(size == whole.readableBytes) }
        return String(buffer: whole)
    }
}

/// What a test sees of an answer.
enum Seen: Equatable {
    case file(String)
    /// The links of a listing, without the one that leads up.
    case listing([String])
    case arriving
    case redirect(String)
    case notFound
    case notFoundBecause(String)
    case unavailable
    case forbidden(String)

    init(_ answer: Answer, _ store: LocalArtifactStore) async throws {
        switch answer {
        case .artifact(let file): self = .file(String(buffer: try await store.bytes(of: file.sha256, limit: 1 << 20)))
        case .bytes(let bytes, _, _):
            let links = String(buffer: bytes).split(separator: "<a href=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
            self = .listing(links.map(String.init).filter { $0 != "../" })
        case .arriving: self = .arriving
        case .redirect(let path): self = .redirect(path)
        case .notFound(nil): self = .notFound
        case .notFound(let reason?): self = .notFoundBecause(reason)
        case .unavailable: self = .unavailable
        case .forbidden(let reason): self = .forbidden(reason)
        }
    }
}

/// Serves publications only.
struct PublishedDistribution: DistributionKind {
    var distribution = DistributionSettings()
    static let schema = Schema<Self>(.distribution, "test.published", model: "test.published", path: "test/published", "") {
        Embed(\.distribution, DistributionSettings.fields)
    }
}

/// Serves versions too.
struct VersionDistribution: DistributionKind {
    var distribution = DistributionSettings()
    static let servesVersions = true
    static let schema = Schema<Self>(.distribution, "test.version", model: "test.version", path: "test/version", "") {
        Embed(\.distribution, DistributionSettings.fields)
    }
}
