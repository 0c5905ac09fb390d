internal import NIOCore

/// Copies the artifacts that a database speaks of into a store, several at once, each compared with its digest on its way.
///
/// What the store has already stays. What was copied before an interruption is found the next time: artifacts get their names in
/// groups, and a group is small enough not to lose much. Memory does not grow with their number.
struct ArtifactCopy: Sendable {
    /// How many are read at once.
    static let width = 4

    let database: any Database
    let destination: any ArtifactStore
    /// Whether to read what the store has already, too; else its size is looked at.
    var verifiesPresent = false
    var progress = ProgressSink.none
    /// Opens an artifact's bytes; throws `notFound` when they are not there.
    let read: @Sendable (ArtifactDescription) async throws -> AsyncThrowingStream<ByteBuffer, any Error>

    /// What there was, and what became of it.
    struct Result: Sendable {
        /// What the store has now, of all that the database speaks of.
        var count = 0
        var bytes: Int64 = 0
        /// What of it was copied just now.
        var copied = 0
        var copiedBytes: Int64 = 0
        var missing: [SHA256Digest] = []
        var damaged: [SHA256Digest] = []

        fileprivate mutating func add(_ artifact: ArtifactDescription) {
            count += 1
            bytes += artifact.size
        }
    }

    private enum Outcome: Sendable {
        case present
        case staged(any StagedArtifact)
        case missing
        case damaged
    }

    /// Copies them all, in the order in which they came.
    func run() async throws -> Result {
        let total = try await database.read { try $0.value("SELECT COUNT(*) FROM artifact", as: Int.self) ?? 0 }
        var result = Result()
        var (last, done): (Int64, Int) = (0, 0)
        await report(0, of: total)
        while true {
            try Task.checkCancellation()
            let after = last
            let page = try await database.read { try $0.artifacts(after: after, limit: OrphanSweep.batch) }
            guard let end = page.last else { return result }
            last = end.key
            let artifacts = page.map(\.description)
            let sizes = try await destination.sizes(of: artifacts.map(\.sha256))
            for group in Self.groups(of: artifacts.map(\.size)) {
                try await copy(Array(artifacts[group]), sizes, &result)
                done += group.count
                await report(done, of: max(total, done))
            }
        }
    }

    /// Divides artifacts of these sizes: a group has at most so many of them, and no more bytes unless it is one artifact.
    static func groups(of sizes: [Int64], count: Int = 256, bytes: Int64 = 256 << 20) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var (start, sum): (Int, Int64) = (0, 0)
        for (index, size) in sizes.enumerated() {
            if index > start, index - start == count || size > bytes - sum {
                groups.append(start..<index)
                (start, sum) = (index, 0)
            }
            sum += min(size, bytes)
        }
        if start < sizes.count { groups.append(start..<sizes.count) }
        return groups
    }

    private func report(_ done: Int, of total: Int) async {
        await progress.report("copy.artifacts", "Copy artifacts", done: done, total: total)
    }

    private func copy(_ artifacts: [ArtifactDescription], _ sizes: [SHA256Digest: Int64], _ result: inout Result) async throws {
        let outcomes = try await outcomes(of: artifacts, sizes)
        let staged = outcomes.compactMap { if case .staged(let staged) = $0 { staged } else { nil } }
        do { if !staged.isEmpty { try await destination.commit(staged) } } catch {
            for artifact in staged { await artifact.discard() }
            throw error
        }
        for (artifact, outcome) in zip(artifacts, outcomes) {
            switch outcome {
            case .present: result.add(artifact)
            case .staged:
                result.add(artifact)
                result.copied += 1
                result.copiedBytes += artifact.size
            case .missing: result.missing.append(artifact.sha256)
            case .damaged: result.damaged.append(artifact.sha256)
            }
        }
    }

    /// - Returns: what became of each, in their order. On an error, nothing stays staged: whoever is let go discards its bytes.
    private func outcomes(of artifacts: [ArtifactDescription], _ sizes: [SHA256Digest: Int64]) async throws -> [Outcome] {
        try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
            var outcomes = [Outcome](repeating: .missing, count: artifacts.count)
            for (index, artifact) in artifacts.enumerated() {
                if index >= Self.width, let (done, outcome) = try await group.next() { outcomes[done] = outcome }
                group.addTask { (index, try await outcome(of: artifact, sizes[artifact.sha256])) }
            }
            for try await (done, outcome) in group { outcomes[done] = outcome }
            return outcomes
        }
    }

    private func outcome(of artifact: ArtifactDescription, _ size: Int64?) async throws -> Outcome {
        try Task.checkCancellation()
        let damage = try await BlobDamage(of: artifact, storedSize: size, in: destination, readingBytes: verifiesPresent)
        if damage == nil { return .present }
        let staged = try await destination.stage([.sha256])
        do {
            let outcome = try await fill(staged, with: artifact)
            if case .staged = outcome { return outcome }
            await staged.discard()
            return outcome
        } catch {
            await staged.discard()
            throw error
        }
    }

    private func fill(_ staged: any StagedArtifact, with artifact: ArtifactDescription) async throws -> Outcome {
        let chunks: AsyncThrowingStream<ByteBuffer, any Error>
        do { chunks = try await read(artifact) } catch let error as PulpError where error.code == .notFound { return .missing }
        var iterator = chunks.makeAsyncIterator()
        while true {
            let chunk: ByteBuffer?
            // The store's own errors are others: what cannot be written is no damage.
            do { chunk = try await iterator.next() } catch let error as PulpError where error.code == .sizeMismatch { return .damaged }
            guard let chunk else { break }
            try await staged.write(chunk)
        }
        let found = try await staged.finish()
        return found.size == artifact.size && found.sha256 == artifact.sha256 ? .staged(staged) : .damaged
    }
}
