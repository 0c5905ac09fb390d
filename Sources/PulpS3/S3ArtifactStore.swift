internal import Foundation
public import Logging
public import NIOCore
public import PulpCore

/// Artifacts as objects of an S3-compatible store: `artifact/ab/<62 hexadecimal digits>` behind an optional prefix, as in Pulp, and the
/// chunks of uploads below `upload/`.
///
/// Bytes arrive in a folder of this machine, where clients read them while they come, and go up with the commit: whole when they are
/// few, else in parts that the store puts together when all of them are there. Each request carries the SHA-256 of what it sends,
/// in its signature and as a checksum that the store compares. So an object never has a part, or other bytes, under its name.
///
/// A commit puts every artifact, also one that is there already: S3 replaces objects in one step, the new bytes repair damaged
/// ones, and a question first would cost as much as a small object.
///
/// Any number of stores, in any number of processes on any machines, may share one bucket, if they share their ``CommitGate``.
public final class S3ArtifactStore: ArtifactStore {
    /// How many objects are asked about, or small artifacts go up, at once.
    private static let width = 16
    /// The most that S3 deletes with one request.
    private static let deletionBatch = 1000
    /// How old an upload in parts is that nobody is taken to go on with.
    private static let abandonedAfter: Duration = .seconds(86_400)

    let client: S3Client
    private let configuration: S3Configuration
    private let folder: StagingFolder
    private let gate: any CommitGate
    private let prefix: String
    /// The chunks of uploads as objects: `upload/<uuid of the upload>/<uuid>` behind the same prefix.
    public let chunks: any ChunkStore
    private let chunkPrefix: String

    /// Opens the store; the bucket is asked for when it is first needed.
    /// - Parameters:
    ///   - staging: a folder of this machine for what is not committed yet, made (not its parents) when there is none.
    ///   - gate: keeps commits and deletions of all processes apart: a ``DatabaseCommitGate``.
    ///   - environment: where credentials are looked for unless the configuration has them; nil for the process's own.
    /// - Throws: ``PulpError`` that names what cannot be used: the folder, the endpoint, the file of credentials.
    public convenience init(
        _ configuration: S3Configuration, staging: String, gate: any CommitGate, environment: [String: String]? = nil,
        logger: Logger = Logger(label: "pulp.s3")
    ) throws {
        try self.init(
            configuration, staging: staging, gate: gate, environment: environment ?? ProcessInfo.processInfo.environment,
            logger: logger, time: .system)
    }

    init(
        _ configuration: S3Configuration, staging: String, gate: any CommitGate, environment: [String: String], logger: Logger,
        time: DownloadTime
    ) throws {
        let source = try CredentialSource.find(explicit: configuration.credentials, environment: environment) { path in
            FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        }
        client = try S3Client(configuration, source: source, logger: logger, time: time)
        (self.configuration, self.gate) = (configuration, gate)
        folder = try StagingFolder(staging)
        let trimmed = configuration.prefix.split(separator: "/", omittingEmptySubsequences: true).joined(separator: "/")
        let base = trimmed.isEmpty ? "" : trimmed + "/"
        (prefix, chunkPrefix) = (base + "artifact/", base + "upload/")
        chunks = S3ChunkStore(client: client, prefix: chunkPrefix)
    }

    /// A staged artifact that is kept in memory up to 64 KiB, then in a file of this machine.
    public func stage(_ algorithms: Set<DigestAlgorithm>) async throws -> any StagedArtifact { folder.stage(algorithms) }

    /// Puts the objects, several at once, then records.
    public func commit<Value: Sendable>(
        _ staged: [any StagedArtifact], then record: @Sendable (CommitPermit) async throws -> Value
    ) async throws -> Value {
        let ours = try LocalStagedArtifact.all(staged)
        let items = try ours.map { (staged: $0, description: try $0.finished().description) }
        let value = try await gate.commit(items.map(\.description.sha256)) {
            try await Self.translating { try await self.put(items) }
        } record: {
            try await record($0)
        }
        return value
    }

    /// Asks for the object's head.
    public func size(of digest: SHA256Digest) async throws -> Int64? {
        try await Self.translating { try await client.size(of: key(of: digest)) }
    }

    /// Asks for the objects' heads, several at once.
    public func sizes(of digests: [SHA256Digest]) async throws -> [SHA256Digest: Int64] {
        try await withThrowingTaskGroup(of: (SHA256Digest, Int64?).self) { group in
            var sizes: [SHA256Digest: Int64] = [:]
            for (index, digest) in digests.enumerated() {
                if index >= Self.width, let (digest, size) = try await group.next() { sizes[digest] = size }
                group.addTask { (digest, try await self.size(of: digest)) }
            }
            for try await (digest, size) in group { sizes[digest] = size }
            return sizes
        }
    }

    /// Asks for the range at once, and takes its bytes from the connection as they are asked for.
    ///
    /// One that breaks off goes on with a new request.
    public func read(
        _ digest: SHA256Digest, _ range: Range<Int64>
    ) async throws -> AsyncThrowingStream<ByteBuffer, any Error> {
        let reader = ObjectReader(client, key: key(of: digest), name: "artifact \(digest)", range: range)
        try await Self.translating { try await reader.open() }
        return AsyncThrowingStream { try await Self.translating { try await reader.next() } }
    }

    /// None: there are no files.
    public func localPath(of digest: SHA256Digest) -> String? { nil }

    /// A URL with a signature that lets anybody read the object for a while; nil where clients are not to be sent there.
    ///
    /// It makes the store name the type and the file as the content server would have.
    public func url(of digest: SHA256Digest, for request: DirectRequest) async throws -> String? {
        guard configuration.redirects else { return nil }
        let query = [
            ("response-content-disposition", "attachment;filename=\(ContentDisposition.quoted(request.filename))"),
            ("response-content-type", request.contentType),
        ]
        return try await client.presignedURL(
            S3Request(method: request.isHead ? "HEAD" : "GET", key: key(of: digest), query: query), lifetime: configuration.urlLifetime)
    }

    /// Removes the object, unless it is being committed in this moment, and so replaced.
    public func delete(_ digest: SHA256Digest) async throws {
        try await delete([digest]) { _ in [] }
    }

    /// Removes objects that nothing needs.
    public func delete(
        _ candidates: [SHA256Digest], unless needed: @Sendable ([SHA256Digest]) async throws -> Set<SHA256Digest>
    ) async throws {
        try await gate.delete(candidates, unless: needed) { digests, term in
            // Whether canceled or not: a request that was broken off is one without an answer.
            await Task { await self.remove(digests, term) }.value
        }
    }

    /// Removes the files of dead processes on this machine and older ones of living processes, and aborts uploads in parts that were
    /// begun before the moment, whoever began them.
    public func sweepStaging(olderThan moment: Timestamp) async throws -> Int {
        var count = try await sweepFiles(olderThan: moment)
        for upload in try await unfinished() where upload.begun < moment {
            try await Self.translating { try await client.abort(upload) }
            count += 1
        }
        return count
    }

    /// The part of ``sweepStaging(olderThan:)`` that needs no network.
    @discardableResult
    public func sweepFiles(olderThan moment: Timestamp) async throws -> Int { try await folder.sweep(olderThan: moment) }

    /// The files that dead processes left on this machine, and uploads in parts that were begun over a day ago.
    public func abandonedFiles() async throws -> [String] {
        let limit = client.time.now() - Self.abandonedAfter
        let uploads = try await unfinished().filter { $0.begun < limit }
        return try await folder.abandonedFiles()
            + uploads.map { "s3://\(configuration.bucket)/\($0.key) (the upload \($0.id), begun at \($0.begun))" }
    }

    /// Reads the bucket's list, page by page; keys that are no artifact's are left out.
    public func forEach(_ body: (SHA256Digest, Int64) async throws -> Void) async throws {
        var token: String?
        repeat {
            let after = token
            let page = try await Self.translating { try await client.list(prefix: prefix, token: after) }
            for object in page.objects {
                if let digest = digest(of: object.key) { try await body(digest, object.size) }
            }
            token = page.next
        } while token != nil
    }

    /// The uploads in parts that were neither completed nor aborted.
    private func unfinished() async throws -> [S3Client.Upload] {
        try await Self.translating { try await client.uploads(prefix: prefix) + client.uploads(prefix: chunkPrefix) }
    }

    func key(of digest: SHA256Digest) -> String { "\(prefix)\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2))" }

    private func digest(of key: String) -> SHA256Digest? {
        guard key.hasPrefix(prefix) else { return nil }
        let name = key.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        // What has no digest for its name is no artifact.
        guard name.count == 2, name[0].utf8.count == 2, let digest = try? SHA256Digest(hex: name.joined()) else { return nil }
        return self.key(of: digest) == key ? digest : nil
    }
}

extension S3ArtifactStore {
    /// Puts small artifacts side by side, then large ones, whose parts go up side by side, so that memory and connections are bounded.
    private func put(_ items: [(staged: LocalStagedArtifact, description: ArtifactDescription)]) async throws {
        var large: [(staged: LocalStagedArtifact, description: ArtifactDescription)] = []
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            for item in items {
                guard PartPlan(size: item.description.size, partSize: configuration.partSize).isSingle else {
                    large.append(item)
                    continue
                }
                if running >= Self.width { try await group.next() }
                running += 1
                group.addTask {
                    try await self.client.put(item.staged, item.description, as: self.key(of: item.description.sha256))
                }
            }
            try await group.waitForAll()
        }
        for item in large {
            try await client.put(item.staged, item.description, as: key(of: item.description.sha256))
        }
    }

    /// The requests carry the moment of the decision as their date: S3 itself refuses what comes too late, whatever happened to this
    /// process meanwhile.
    private func remove(_ digests: [SHA256Digest], _ term: DeletionTerm) async -> DeletionOutcome {
        let unanswered = UnansweredRequests()
        do {
            var rest = digests[...]
            while !rest.isEmpty {
                let batch = rest.prefix(Self.deletionBatch)
                rest = rest.dropFirst(Self.deletionBatch)
                try term.check(at: client.time.now())
                try await client.delete(batch.map(key), signedAt: term.end == nil ? nil : term.decided, unanswered: unanswered)
            }
            return DeletionOutcome(isSettled: !unanswered.areAny, failure: nil)
        } catch {
            return DeletionOutcome(isSettled: !unanswered.areAny, failure: (error as? S3Failure)?.error ?? error)
        }
    }

    /// Throws what callers know of.
    static func translating<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch let failure as S3Failure { throw failure.error }
    }
}

/// The `filename` of a `Content-Disposition` (RFC 6266).
enum ContentDisposition {
    /// A name as it stands where it is a token, else in quotes; bytes that no header can carry become underscores.
    static func quoted(_ name: String) -> String {
        let plain = name.utf8.map { $0 > 0x20 && $0 < 0x7F ? $0 : $0 == 0x20 ? 0x20 : UInt8(ascii: "_") }
        let isToken = !plain.isEmpty && plain.allSatisfy { byte in !Self.separators.contains(byte) }
        let text = String(decoding: plain, as: UTF8.self)
        if isToken { return text }
        return "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private static let separators = Set("()<>@,;:\\\"/[]?={} ".utf8)
}
