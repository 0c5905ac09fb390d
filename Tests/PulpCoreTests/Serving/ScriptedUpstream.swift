import NIOCore
import Synchronization

@testable import PulpCore

/// An upstream that does what a test says, step by step, and counts who asks.
final class ScriptedUpstream: Sendable {
    enum Step: Sendable {
        case send(ByteBuffer)
        /// Says how much will come.
        case announce(Int64)
        /// Waits until the gate opens, or the fetch is canceled.
        case wait(UpstreamGate)
        case fail(PulpError)
        /// Throws away what came and sends it again from the beginning.
        case restart
    }

    private struct State {
        var scripts: [String: [Step]] = [:]
        var asked: [String] = []
        var canceled = 0
    }

    private let state = Mutex(State())

    /// The URLs that were asked for, in order.
    var asked: [String] { state.withLock(\.asked) }
    var canceled: Int { state.withLock(\.canceled) }

    func script(_ url: String, _ steps: [Step]) { state.withLock { $0.scripts[url] = steps } }
    func script(_ url: String, _ text: String) { script(url, [.send(ByteBuffer(string: text))]) }

    var fetch: UpstreamFetches.Fetch {
        { file, _, staged, onProgress in
            let steps = self.state.withLock { state in
                state.asked.append(file.url)
                return state.scripts[file.url]
            }
            guard let steps else { throw PulpError(.http, "\(file.url): 404 Not Found") }
            do {
                for step in steps {
                    try Task.checkCancellation()
                    switch step {
                    case .send(let bytes): try await staged.write(bytes)
                    case .announce(let total): await onProgress(0, total)
                    case .wait(let gate): try await gate.wait()
                    case .fail(let error): throw error
                    case .restart: try await staged.restart()
                    }
                }
            } catch is CancellationError {
                self.state.withLock { $0.canceled += 1 }
                throw CancellationError()
            }
            let description = try await staged.finish()
            try description.verify(size: file.size, digests: file.digests, of: file.url)
            return description
        }
    }
}

/// Opens once, for all who wait at it and all who come later.
final class UpstreamGate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let reached = Mutex<[CheckedContinuation<Void, Never>]?>([])

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }

    func wait() async throws {
        for waiting in reached.withLock({ waiting in
            defer { waiting = nil }
            return waiting ?? []
        }) { waiting.resume() }
        for await _ in stream {}
        try Task.checkCancellation()
    }

    /// Returns when somebody waits at the gate, or did.
    func untilReached() async {
        await withCheckedContinuation { continuation in
            let isReached = reached.withLock { waiting in
                waiting?.append(continuation)
                return waiting == nil
            }
            if isReached { continuation.resume() }
        }
    }
}
