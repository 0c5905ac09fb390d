internal import Glibc
package import NIOCore
internal import Synchronization

/// Bytes on their way into a store: in memory while they are few, then in a temporary file of this machine.
package final class LocalStagedArtifact: StagedArtifact {
    /// How many bytes are kept in memory before they go to the file.
    static let memoryLimit = 64 << 10
    /// The most bytes that one read returns.
    static let readLimit: Int64 = 256 << 10

    fileprivate enum Phase {
        case writing
        case finished(ArtifactDescription)
        /// The file, if there is one, is the artifact's own.
        case committed(ArtifactDescription)
        /// The store has the bytes elsewhere; the file is for those who still read it.
        case uploaded(ArtifactDescription)
        case discarded
    }

    fileprivate struct State {
        var phase = Phase.writing
        /// The bytes behind those in the file.
        var memory = ByteBuffer()
        /// How many bytes the file has.
        var flushed: Int64 = 0
        /// The temporary file, or the artifact's own after the commit; nil when all bytes are in memory.
        var path: String?
        var file: FileDescriptor?
        /// Whether the temporary file has, or had, a second name.
        var isLinked = false
    }

    let area: StagingArea
    private let threads: BlockingThreads
    private let algorithms: Set<DigestAlgorithm>
    private let state = Mutex(State())
    /// Apart from the state, so that readers never wait for a digest or a disk: only the writer takes it.
    private let hasher = Mutex<DigestHasher?>(nil)

    init(_ algorithms: Set<DigestAlgorithm>, in area: StagingArea, on threads: BlockingThreads) {
        (self.algorithms, self.area, self.threads) = (algorithms.union([.sha256]), area, threads)
    }

    deinit {
        if let path = state.withLock({ $0.temporaryPath }) {
            let area = area
            threads.later {
                unlink(path)
                withExtendedLifetime(area) {}
            }
        }
    }

    package func write(_ bytes: ByteBuffer) async throws {
        let isFull = try state.withLock { state in
            guard case .writing = state.phase else { throw Self.wrongPhase }
            if state.memory.readableBytes == 0 { state.memory = bytes } else { state.memory.writeImmutableBuffer(bytes) }
            return state.memory.readableBytes > Self.memoryLimit
        }
        if isFull { try await threads.run { try self.flush() } }
    }

    package func finish() async throws -> ArtifactDescription {
        let (known, hasFile) = try state.withLock { state -> (ArtifactDescription?, Bool) in
            switch state.phase {
            case .writing: (nil, state.path != nil)
            case .finished(let description), .committed(let description), .uploaded(let description): (description, false)
            case .discarded: throw Self.wrongPhase
            }
        }
        if let known { return known }
        if hasFile {
            try await threads.run { try self.flush() }
        } else {
            hash(state.withLock { $0.memory })
        }
        let description = hasher.withLock { hasher in
            let made = hasher ?? DigestHasher(algorithms)
            hasher = nil
            return ArtifactDescription(size: made.count, digests: made.finish())
        }
        state.withLock { state in
            state.phase = .finished(description)
            // Thousands of finished files may wait for one commit: none of them keeps a descriptor.
            state.file = nil
        }
        return description
    }

    package func read(_ range: Range<Int64>) async throws -> ByteBuffer {
        let (memory, flushed) = try state.withLock { state in
            if case .discarded = state.phase { throw Self.wrongPhase }
            return (state.memory, state.flushed)
        }
        let end = min(range.upperBound, range.lowerBound + Self.readLimit, flushed + Int64(memory.readableBytes))
        guard range.lowerBound < end else { return ByteBuffer() }
        if range.lowerBound >= flushed {
            let start = memory.readerIndex + Int(range.lowerBound - flushed)
            return memory.getSlice(at: start, length: Int(end - range.lowerBound)) ?? ByteBuffer()
        }
        let count = Int(min(end, flushed) - range.lowerBound)
        return try await threads.run { try self.openFile().read(at: range.lowerBound, count: count) }
    }

    package func restart() async throws {
        let path = try state.withLock { state in
            switch state.phase {
            case .writing, .finished: break
            case .committed, .uploaded, .discarded: throw Self.wrongPhase
            }
            let path = state.path
            state = State()
            return path
        }
        hasher.withLock { $0 = nil }
        if let path { await threads.finish { unlink(path) } }
    }

    /// A second name (`link(2)`) of the same file, or the same memory.
    package func copy() async throws -> any StagedArtifact {
        let finished = try finished()
        let copy = LocalStagedArtifact(algorithms, in: area, on: threads)
        let (path, area) = (finished.path, area)
        let second = try await threads.run { () -> String? in
            guard let path else { return nil }
            let second = area.makeName()
            guard link(path, second) == 0 else { throw PulpError(errno: errno, "link", path) }
            return second
        }
        state.withLock { $0.isLinked = $0.isLinked || second != nil }
        copy.state.withLock { state in
            state.phase = .finished(finished.description)
            (state.memory, state.path, state.isLinked) = (finished.memory, second, second != nil)
            state.flushed = finished.description.size - Int64(finished.memory.readableBytes)
        }
        return copy
    }

    package func discard() async {
        let path = state.withLock { state in
            switch state.phase {
            case .committed, .uploaded: return String?.none
            case .writing, .finished, .discarded: break
            }
            let path = state.path
            state = State(phase: .discarded)
            return path
        }
        hasher.withLock { $0 = nil }
        if let path { await threads.finish { unlink(path) } }
    }

    /// Whether the temporary file may have a second name, perhaps an artifact's by now.
    var isLinked: Bool { state.withLock { $0.isLinked } }

    /// What a commit needs: the bytes in memory, or the temporary file that has them.
    package struct Finished {
        package let description: ArtifactDescription
        let path: String?
        let memory: ByteBuffer
    }

    /// - Throws: when the artifact is not finished, or is committed already.
    package func finished() throws(PulpError) -> Finished {
        let finished = state.withLock { state -> Finished? in
            guard case .finished(let description) = state.phase else { return nil }
            return Finished(description: description, path: state.path, memory: state.memory)
        }
        guard let finished else { throw Self.wrongPhase }
        return finished
    }

    /// The file has got its name.
    func didCommit(as path: String) {
        state.withLock { state in
            guard case .finished(let description) = state.phase else { return }
            state.phase = .committed(description)
            if state.path != nil { state.path = path }
        }
    }

    /// The store has the bytes under their digest, in another place.
    ///
    /// The file goes with the last reference.
    package func didUpload() {
        state.withLock { state in
            if case .finished(let description) = state.phase { state.phase = .uploaded(description) }
        }
    }

    /// The temporary file that has all of the bytes, written now when they were kept in memory; then it is the caller's to rename or
    /// to remove.
    func file() throws -> (path: String, isNew: Bool) {
        let finished = try finished()
        if let path = finished.path { return (path, false) }
        let path = area.makeName()
        do {
            let file = try FileDescriptor(path, O_WRONLY | O_CREAT | O_EXCL)
            try finished.memory.withUnsafeReadableBytes { try file.write($0, at: 0) }
        } catch {
            unlink(path)
            throw error
        }
        return (path, true)
    }

    /// The artifacts of a commit.
    /// - Throws: ``PulpError`` when one of them is another kind of store's.
    package static func all(_ staged: [any StagedArtifact]) throws(PulpError) -> [LocalStagedArtifact] {
        try staged.map { staged throws(PulpError) in
            guard let staged = staged as? LocalStagedArtifact else {
                throw PulpError(.internal, "an artifact that another store staged")
            }
            return staged
        }
    }

    private func flush() throws {
        let (pending, offset, open) = state.withLock { ($0.memory, $0.flushed, $0.file) }
        let file: FileDescriptor
        if let open {
            file = open
        } else {
            file = try FileDescriptor(area.makeName(), O_RDWR | O_CREAT | O_EXCL)
            state.withLock { ($0.file, $0.path) = (file, file.path) }
        }
        hash(pending)
        try pending.withUnsafeReadableBytes { try file.write($0, at: offset) }
        state.withLock { state in
            state.flushed += Int64(pending.readableBytes)
            state.memory = ByteBuffer()
        }
    }

    private func hash(_ bytes: ByteBuffer) {
        hasher.withLock { hasher in
            let made = hasher ?? DigestHasher(algorithms)
            bytes.withUnsafeReadableBytes { made.update($0) }
            hasher = made
        }
    }

    private func openFile() throws -> FileDescriptor {
        while true {
            let (open, path) = state.withLock { ($0.file, $0.path) }
            if let open { return open }
            guard let path else { throw Self.wrongPhase }
            do {
                let file = try FileDescriptor(path, O_RDONLY)
                state.withLock { if $0.path == path { $0.file = file } }
                return file
            } catch {
                // Committed between the look at the path and the opening: look again.
                guard error.code == .notFound, state.withLock({ $0.path != path }) else { throw error }
            }
        }
    }

    private static var wrongPhase: PulpError {
        PulpError(.conflict, "a staged artifact is not in the state for this: it is unfinished, committed or discarded")
    }
}

extension LocalStagedArtifact.State {
    /// The file to remove when the bytes are not wanted; nil when there is none, or when it is an artifact by now.
    fileprivate var temporaryPath: String? {
        if case .committed = phase { nil } else { path }
    }
}
