import Foundation
import Logging
import NIOCore
import NIOPosix
import PulpCore
import PulpServer
import ServiceLifecycle
import Synchronization

/// What a test says the content server answers.
final class ScriptedAnswers: AnswerSource {
    enum Way { case cached, later }
    private let answers: Mutex<[String: (Answer, Way)]> = Mutex([:])

    func set(_ path: String, _ answer: Answer, _ way: Way = .cached) {
        answers.withLock { $0[path] = (answer, way) }
    }

    /// What is cached is asked for anew.
    func invalidate() {
        answers.withLock { answers in answers = answers.mapValues { ($0.0, .later) } }
    }

    func cachedAnswer(_ request: ContentRequest, _ credentials: () -> ClientCredentials) -> Answer? {
        answers.withLock { answers in
            guard let (answer, way) = answers[request.path] else { return .notFound(reason: nil) }
            return way == .cached ? answer : nil
        }
    }

    func answer(_ request: ContentRequest, _ credentials: ClientCredentials) async throws -> Answer {
        await Task.yield()
        return answers.withLock { $0[request.path]?.0 } ?? .notFound(reason: nil)
    }
}

/// An artifact whose arrival a test directs.
final class DirectedArrival: ArrivingArtifact {
    private struct State {
        var bytes: [UInt8] = []
        var end: Result<Void, any Error>?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var departures = 0
    }

    let name: String
    let sha256: SHA256Digest?
    let lastModified = Timestamp(year: 2026, month: 11, day: 21, hour: 10)
    private let promised: Result<Int64?, any Error>
    private let state = Mutex(State())

    init(_ name: String, size: Result<Int64?, any Error>, sha256: SHA256Digest? = nil) {
        (self.name, self.promised, self.sha256) = (name, size, sha256)
    }

    func size() async throws -> Int64? { try promised.get() }
    func leave() { change { $0.departures += 1 } }

    /// Returns when so many clients have said that they read no more.
    func departed(_ count: Int) async {
        await wait { $0.departures == count }
    }

    func arrive(_ bytes: [UInt8]) { change { $0.bytes += bytes } }
    func end(_ result: Result<Void, any Error> = .success(())) { change { $0.end = result } }

    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func read(from offset: Int64, limit: Int) async throws -> ByteBuffer {
        while true {
            let bytes: ByteBuffer? = try state.withLock { state in
                if Int(offset) < state.bytes.count {
                    return ByteBuffer(bytes: state.bytes[Int(offset)..<min(state.bytes.count, Int(offset) + limit)])
                }
                return try state.end.map {
                    try $0.get()
                    return ByteBuffer()
                }
            }
            if let bytes { return bytes }
            await wait { Int(offset) < $0.bytes.count || $0.end != nil }
        }
    }

    private func wait(until condition: (State) -> Bool) async {
        while !state.withLock({ condition($0) }) {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if condition(state) { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }
}

/// A store without files.
struct MemoryStore: ArtifactStore {
    var artifacts: [SHA256Digest: [UInt8]] = [:]
    let chunks: any ChunkStore = NoChunks()

    func stage(_ algorithms: Set<DigestAlgorithm>) async throws -> any StagedArtifact {
        throw PulpError(.conflict, "this store is read-only")
    }
    func commit<Value: Sendable>(
        _ staged: [any StagedArtifact], then record: @Sendable (CommitPermit) async throws -> Value
    ) async throws -> Value {
        try await record(.unconditional)
    }
    func size(of digest: SHA256Digest) async throws -> Int64? { artifacts[digest].map { Int64($0.count) } }
    func localPath(of digest: SHA256Digest) -> String? { nil }
    func delete(_ digest: SHA256Digest) async throws {}
    func delete(
        _ candidates: [SHA256Digest], unless needed: @Sendable ([SHA256Digest]) async throws -> Set<SHA256Digest>
    ) async throws {}
    func sweepStaging(olderThan moment: Timestamp) async throws -> Int { 0 }
    func abandonedFiles() async throws -> [String] { [] }
    func forEach(_ body: (SHA256Digest, Int64) async throws -> Void) async throws {}
    func read(_ digest: SHA256Digest, _ range: Range<Int64>) async throws -> AsyncThrowingStream<ByteBuffer, any Error> {
        guard let bytes = artifacts[digest] else { throw PulpError(.notFound, "no artifact \(digest)") }
        return AsyncThrowingStream { continuation in
            for start in stride(from: Int(range.lowerBound), to: Int(range.upperBound), by: 10_000) {
                continuation.yield(ByteBuffer(bytes: bytes[start..<min(start + 10_000, Int(range.upperBound))]))
            }
            continuation.finish()
        }
    }
}

/// Nobody uploads to a content server.
private struct NoChunks: ChunkStore {
    func put(_ staged: any StagedArtifact, as chunk: ChunkName) async throws { throw PulpError(.conflict, "this store is read-only") }
    func size(of chunk: ChunkName) async throws -> Int64? { nil }
    func read(_ chunk: ChunkName, size: Int64) async throws -> AsyncThrowingStream<ByteBuffer, any Error> {
        throw PulpError(.notFound, "no chunk \(chunk)")
    }
    func delete(_ chunks: [ChunkName]) async throws {}
    func delete(upload uuid: String) async throws {}
    func forEach(_ body: (ChunkName) async throws -> Void) async throws {}
}

/// A running content server with scripted answers, a folder for files, and clients that speak to it in bytes.
struct ContentFixture: Sendable {
    let answers: ScriptedAnswers
    let directory: URL
    let port: Int

    /// Runs a server for as long as a body runs, and ends it gracefully.
    static func run(
        store: MemoryStore = MemoryStore(), configure: (inout ContentServer.Configuration) -> Void = { _ in },
        _ body: (ContentFixture) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pulp-content-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { do { try FileManager.default.removeItem(at: directory) } catch {} }
        var configuration = ContentServer.Configuration()
        configuration.port = 0
        configuration.grace = .seconds(5)
        configuration.idleGrace = .zero
        configuration.logger = Logger(label: "content", factory: { _ in SwiftLogNoOpLogHandler() })
        configure(&configuration)
        let (listening, continuation) = AsyncStream<Int>.makeStream()
        let answers = ScriptedAnswers()
        let server = ContentServer(
            configuration: configuration, source: answers, store: store, group: MultiThreadedEventLoopGroup.singleton,
            onListening: { continuation.yield($0.port ?? 0) })
        let services = ServiceGroup(services: [server], logger: configuration.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await services.run()
            }
            guard let port = await listening.first(where: { _ in true }) else {
                try await group.waitForAll()
                return
            }
            let fixture = ContentFixture(answers: answers, directory: directory, port: port)
            do {
                try await body(fixture)
            } catch {
                group.cancelAll()
                throw error
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    private init(answers: ScriptedAnswers, directory: URL, port: Int) {
        (self.answers, self.directory, self.port) = (answers, directory, port)
    }

    /// Some bytes that are different everywhere.
    static func pattern(_ count: Int) -> [UInt8] {
        var state: UInt32 = 0x9E37_79B9
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    static func digest(_ bytes: [UInt8]) -> SHA256Digest {
        let hasher = DigestHasher([.sha256])
        bytes.withUnsafeBytes { hasher.update($0) }
        guard let digest = hasher.finish().sha256 else { preconditionFailure("SHA-256 was asked for") }
        return digest
    }

    /// Puts a file in the folder, and answers with it.
    @discardableResult
    func serve(_ bytes: [UInt8], at path: String, _ way: ScriptedAnswers.Way = .cached) throws -> ServedArtifact {
        let digest = Self.digest(bytes)
        let file = directory.appending(path: digest.hex)
        try Data(bytes).write(to: file)
        let artifact = ServedArtifact(
            sha256: digest, size: Int64(bytes.count), name: String(path.split(separator: "/").last ?? ""),
            lastModified: Timestamp(year: 2026, month: 11, day: 21, hour: 10), localPath: file.path)
        answers.set(path, .artifact(artifact), way)
        return artifact
    }
}
