internal import Logging
internal import NIOCore
internal import Synchronization

/// One fetch, for any number of clients, and of units' files that are the same bytes: ``FetchState`` decides, this performs.
final class UpstreamFetch: Sendable {
    /// Where the bytes can be read at present.
    private enum Source {
        case staged(any StagedArtifact)
        case stored(SHA256Digest)
    }

    private struct State {
        var fetch = FetchState()
        /// The files that clients came for, and those of them whose sources were not tried.
        var files: Set<Int64> = []
        var untried: [Int64] = []
        var source: Source?
        var continuations: [FetchState.Waiter: CheckedContinuation<Void, Never>] = [:]
        var task: Task<Void, Never>?
    }

    let target: UpstreamFetches.Target
    private let tools: UpstreamFetches.Tools
    private let state: Mutex<State>

    init(_ target: UpstreamFetches.Target, _ tools: UpstreamFetches.Tools) {
        (self.target, self.tools) = (target, tools)
        state = Mutex(State())
    }

    // MARK: Readers

    /// A new reader, who came for a unit's file; nil when there is nothing more to give.
    func join(for file: Int64) -> FetchState.Reader? {
        state.withLock { state in
            guard let reader = state.fetch.join() else { return nil }
            if state.files.insert(file).inserted { state.untried.append(file) }
            return reader
        }
    }

    /// The files that clients came for.
    var files: Set<Int64> { state.withLock(\.files) }

    /// Whether a new reader may hope.
    var isOpen: Bool { state.withLock { !$0.fetch.hasEnded || $0.fetch.isVerified } }

    func size() async throws -> Int64? {
        while true {
            switch state.withLock({ $0.fetch.head() }) {
            case .size(let size): return size
            case .failed(let error): throw error
            case .wait: try await wait(for: .head)
            }
        }
    }

    func read(from offset: Int64, limit: Int) async throws -> ByteBuffer {
        while true {
            let (bytes, source) = state.withLock { ($0.fetch.bytes(from: offset, limit: limit), $0.source) }
            switch bytes {
            case .range(let range): return try await read(range, from: source)
            case .end: return ByteBuffer()
            case .failed(let error): throw error
            case .wait: try await wait(for: .bytes(from: offset))
            }
        }
    }

    /// A reader reads no more; the last one of a fetch that is not kept ends it.
    /// - Returns: whether nothing more is to be had of this fetch.
    func leave(_ reader: FetchState.Reader) -> Bool {
        let (farewell, continuations, task, source) = state.withLock { state in
            let (farewell, woken) = state.fetch.leave(reader)
            return (farewell, woken.compactMap { state.continuations.removeValue(forKey: $0) }, state.task, state.source)
        }
        for continuation in continuations { continuation.resume() }
        switch farewell {
        case .nothing: return false
        case .cancel: task?.cancel()
        case .release: if case .staged(let staged) = source { Task { await staged.discard() } }
        }
        return true
    }

    private func read(_ range: Range<Int64>, from source: Source?) async throws -> ByteBuffer {
        switch source {
        case .staged(let staged): return try await staged.read(range)
        case .stored(let sha256):
            var bytes = ByteBuffer()
            for try await chunk in try await tools.store.read(sha256, range) { bytes.writeImmutableBuffer(chunk) }
            return bytes
        case nil: throw PulpError(.internal, "a fetch hands out bytes that it does not have")
        }
    }

    private func wait(for need: FetchState.Need) async throws {
        guard let waiter = state.withLock({ $0.fetch.wait(for: need) }) else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWaiting = state.withLock { state in
                    guard state.fetch.isWaiting(waiter) else { return false }
                    state.continuations[waiter] = continuation
                    return true
                }
                if !isWaiting { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.fetch.stopWaiting(waiter)
                return state.continuations.removeValue(forKey: waiter)
            }
            continuation?.resume()
        }
        try Task.checkCancellation()
    }
}

// MARK: - The work

extension UpstreamFetch {
    /// Begins; a fetch whose result is kept goes on when all readers have left.
    /// - Parameter onEnd: called when a new reader needs a new fetch, or finds the bytes in the store.
    func start(onEnd: @escaping @Sendable () -> Void) {
        let task = Task {
            await run()
            if !state.withLock(\.fetch.isLastingForReaders) { onEnd() }
        }
        state.withLock { $0.task = task }
    }

    /// Stops, and waits until it has stopped.
    func cancel() async {
        let task = state.withLock(\.task)
        task?.cancel()
        await task?.value
    }

    private func run() async {
        var failure = PulpError(.internal, "a fetch was begun for nobody")
        do {
            while let file = nextFile(or: failure) {
                do { return try await bring(file) } catch let error as PulpError where error.isUpstreamFault { failure = error }
            }
        } catch let error as PulpError {
            change { $0.fetch.fail(error) }
        } catch is CancellationError {
            change { $0.fetch.fail(PulpError(.connection, "the download was stopped")) }
        } catch {
            tools.logger.error("An on-demand download failed.", metadata: ["error": "\(error)"])
            change { $0.fetch.fail(PulpError(.internal, "\(error)")) }
        }
    }

    /// A file whose sources were not tried; when there is none, everybody hears of the failure, and nobody joins any more.
    private func nextFile(or failure: PulpError) -> Int64? {
        var next: Int64?
        change { state in
            guard !state.untried.isEmpty else { return state.fetch.fail(failure) }
            next = state.untried.removeFirst()
            return []
        }
        return next
    }

    private func bring(_ file: Int64) async throws {
        let cooldown = tools.cooldown
        let plan = try await tools.database.read { try $0.fetchPlan(for: file, failedSince: .now - cooldown) }
        guard let plan else { throw PulpError(.notFound, "the unit of this file was deleted") }
        // Clients hold the digest as an entity tag, and those of other files share it.
        if case .bytes(let promised) = target, plan.digests.sha256 != promised {
            throw PulpError(.notFound, "no remote has these bytes at present")
        }
        if let known = plan.known, try await tools.store.size(of: known.sha256) != nil {
            try await adopt(known)
        } else {
            state.withLock { $0.fetch.promise(size: plan.size) }
            try await fetch(plan)
        }
    }

    /// Serves what the store has got since the client was answered, or under another path.
    private func adopt(_ known: FetchPlan.Known) async throws {
        let files = files
        if !known.isLinked || files.count > 1 {
            try await tools.database.write { try $0.link(files, to: known.key) }
        }
        change { state in
            state.source = .stored(known.sha256)
            return state.fetch.verify(size: known.size)
        }
    }

    private func fetch(_ plan: FetchPlan) async throws {
        var failure = PulpError(.notFound, "no remote has this file at present")
        for source in plan.sources {
            try Task.checkCancellation()
            do {
                return try await fetch(source, plan)
            } catch let error as PulpError where error.isUpstreamFault {
                failure = error
            }
        }
        throw failure
    }

    private func fetch(_ source: FetchPlan.Source, _ plan: FetchPlan) async throws {
        let settings = try await tools.remoteSettings(source.remote)
        guard state.withLock({ $0.fetch.begin(isKept: settings.policy != .streamed) }) else { return }
        let staged = SharedStagedArtifact(
            try await tools.store.stage(tools.algorithms),
            mayRestart: { self.state.withLock { $0.fetch.restart() } },
            onGrowth: { count in self.change { $0.fetch.grow(to: count) } })
        state.withLock { $0.source = .staged(staged) }
        do {
            let file = RemoteFile(url: source.url, size: plan.size, digests: plan.digests)
            let description = try await tools.fetch(file, settings, staged) { _, total in
                if let total { self.state.withLock { $0.fetch.learn(total: total) } }
            }
            try description.verify(size: plan.size, digests: plan.digests, of: file.label)
            change { $0.fetch.verify(size: description.size) }
            guard settings.policy != .streamed else { return }
            // A task of its own: what has come and is right is kept, though the process is about to stop.
            await Task { await keep(staged, description) }.value
        } catch {
            // Before the bytes go: nobody may begin to read them, and who holds some must not wait for another source's. The
            // failure is recorded before anybody hears of it, so that who asks again does not ask this source.
            let mayGoOn = state.withLock { $0.fetch.restart() }
            if let error = error as? PulpError, error.isUpstreamFault { await record(error, of: source) }
            if !mayGoOn { change { $0.fetch.fail(error as? PulpError ?? PulpError(.internal, "\(error)")) } }
            await staged.discard()
            throw error
        }
    }

    /// Puts verified bytes into the store, and the units' files to them.
    ///
    /// Clients do not wait for this; when it fails, they still get what they wait for, and the next client begins anew.
    ///
    /// The catalogue's generation stays: an answer that something is arriving is never kept, so there is none to drop.
    private func keep(_ staged: SharedStagedArtifact, _ description: ArtifactDescription) async {
        do {
            try await tools.store.commit([staged.inner]) { permit in
                // Who comes later finds the artifact by its digest.
                let files = self.files
                try await self.tools.database.write { db in
                    let keys = try db.insertArtifacts([description], under: permit, at: .now)
                    if let artifact = keys[description.sha256] { try db.link(files, to: artifact) }
                }
            }
            state.withLock { $0.source = .stored(description.sha256) }
        } catch {
            tools.logger.error(
                "A downloaded file could not be kept.",
                metadata: ["sha256": "\(description.sha256)", "error": "\(error)"])
            if state.withLock({ $0.fetch.lose() }) { await staged.discard() }
        }
    }

    private func record(_ failure: PulpError, of source: FetchPlan.Source) async {
        // Whoever waits for the file hears of it when no other remote has it, and says so.
        tools.logger.debug("A remote could not give a file.", metadata: ["error": "\(failure)"])
        do {
            try await tools.database.write { db in
                _ = try db.execute("UPDATE remote_artifact SET failed_at = \(Timestamp.now) WHERE id = \(source.key)")
            }
        } catch {
            tools.logger.error("A remote's failure could not be recorded.", metadata: ["error": "\(error)"])
        }
    }

    private func change(_ body: (inout State) -> [FetchState.Waiter]) {
        let continuations = state.withLock { state in
            body(&state).compactMap { state.continuations.removeValue(forKey: $0) }
        }
        for continuation in continuations { continuation.resume() }
    }
}

extension SQLConnection {
    /// Gives units' files their artifact; a file that is gone, or has one, is left as it is.
    fileprivate func link(_ files: Set<Int64>, to artifact: Int64) throws {
        try execute("UPDATE content_artifact SET artifact = \(artifact) WHERE id \(in: files) AND artifact IS NULL")
    }
}

extension RemoteFile {
    /// What to call it in messages: the URL without what may hold a secret.
    fileprivate var label: String { String(url.prefix { $0 != "?" && $0 != "#" }) }
}

extension PulpError {
    /// Whether the remote is to blame, so that another one may do better.
    fileprivate var isUpstreamFault: Bool { code != .internal && code != .systemState }
}
