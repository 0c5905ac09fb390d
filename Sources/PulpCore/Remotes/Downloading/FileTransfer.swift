internal import AsyncHTTPClient
internal import NIOCore

/// One file on its way into a staged artifact, over as many attempts as it takes; one task at a time uses it.
final class FileTransfer {
    private let file: RemoteFile
    private let name: String
    private let staged: any StagedArtifact
    private let maximumSize: Int64
    private let onProgress: (@Sendable (Int64, Int64?) async -> Void)?
    private var plan = ResumePlan()
    private var stagedCount: Int64 = 0
    private var pending = ByteBuffer()

    /// How many bytes are collected before they are staged: a small file is staged at once.
    static let chunk = 256 * 1024

    init(
        _ file: RemoteFile, name: String, into staged: any StagedArtifact, maximumSize: Int64,
        onProgress: (@Sendable (Int64, Int64?) async -> Void)?
    ) {
        (self.file, self.name, self.staged) = (file, name, staged)
        (self.maximumSize, self.onProgress) = (maximumSize, onProgress)
    }

    /// The headers that ask for what is missing.
    func requestHeaders() -> [(String, String)] {
        guard let (range, ifRange) = plan.nextRequest() else { return [] }
        return [("Range", range), ("If-Range", ifRange)]
    }

    /// Stages an answer's body.
    func receive(_ answer: HTTPSource.Answer, deadline: NIODeadline, _ time: DownloadTime) async throws {
        switch plan.judge(answer.head) {
        case .refused: throw answer.refusal(now: time.now())
        case .useless(let reason): throw DownloadFailure(.corrupt, .connection, "\(name): \(reason)")
        case .restart, .proceed: break
        }
        try checkTotal()
        try await startFresh()
        var watch = SlowBodyWatch(start: time.now())
        var body = answer.response.body.makeAsyncIterator()
        while let chunk = try await next(of: &body, answer) {
            try await take(chunk)
            try watch.check(chunk.readableBytes, now: time.now(), deadline: deadline, name)
        }
        try Task.checkCancellation()
        try await flush()
    }

    /// Errors of the network are the remote's; those of staging are this machine's, and pass as they are.
    private func next(
        of body: inout HTTPClientResponse.Body.AsyncIterator, _ answer: HTTPSource.Answer
    ) async throws -> ByteBuffer? {
        do { return try await body.next() } catch {
            try Task.checkCancellation()
            try await flush()
            throw answer.failure(error)
        }
    }

    /// Takes bytes in their order.
    func take(_ chunk: ByteBuffer) async throws {
        if pending.readableBytes == 0 { pending = chunk } else { pending.writeImmutableBuffer(chunk) }
        let count = plan.received + Int64(pending.readableBytes)
        if let size = file.size, count > size {
            plan.forget()
            throw DownloadFailure(.corrupt, .sizeMismatch, "\(name): expected \(size) bytes, got more")
        }
        if count > maximumSize { throw tooLarge() }
        if pending.readableBytes >= Self.chunk { try await flush() }
    }

    /// Ends the transfer and compares the whole with what was claimed.
    func finish() async throws -> ArtifactDescription {
        try await flush()
        let description = try await staged.finish()
        do { try description.verify(size: file.size, digests: file.digests, of: name) } catch {
            plan.forget()
            throw DownloadFailure(.corrupt, error.code, error.message)
        }
        return description
    }

    private func checkTotal() throws {
        guard let total = plan.total else { return }
        if let size = file.size, total != size {
            plan.forget()
            throw DownloadFailure(.corrupt, .sizeMismatch, "\(name): expected \(size) bytes, the server has \(total)")
        }
        if total > maximumSize { throw tooLarge() }
    }

    private func tooLarge() -> DownloadFailure {
        DownloadFailure(final: PulpError(.sizeMismatch, "\(name): larger than the \(maximumSize) bytes that are allowed"))
    }

    private func startFresh() async throws {
        pending.clear()
        guard stagedCount > 0, plan.received == 0 else { return }
        try await staged.restart()
        stagedCount = 0
    }

    private func flush() async throws {
        let count = pending.readableBytes
        guard count > 0 else { return }
        let bytes = pending
        pending = ByteBuffer()
        try await staged.write(bytes)
        stagedCount += Int64(count)
        plan.keep(count)
        await onProgress?(plan.received, file.size ?? plan.total)
    }
}
