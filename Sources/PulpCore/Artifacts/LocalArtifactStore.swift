internal import CLinux
internal import Glibc
public import NIOCore
internal import Synchronization

/// Artifacts as files: `artifact/ab/<62 hexadecimal digits>` below the media root, `staging/` for what is not named yet, and
/// `upload/` for the chunks of uploads.
///
/// **Durability.** A file gets its name only after its bytes are on the disk, and `commit` lets rows be written only after the
/// name is: *bytes synchronized → renamed → names synchronized → rows*. A power cut at any point leaves temporary files and
/// whole artifacts, never a part under an artifact's name, and never a row without its bytes. Up to four artifacts are
/// synchronized one by one (`fsync` of each file and of its folder); more of them with two `syncfs` calls for all, which also
/// write what others have written to the file system, but cost two journal commits in place of thousands.
///
/// System calls that may wait for the disk run on four threads of the store's own; a commit of any number of artifacts is one
/// piece of work there. Any number of stores, in any number of processes, may share one media root.
public final class LocalArtifactStore: ArtifactStore {
    private static let fewest = 4

    private let root: FileDescriptor
    private let artifacts: String
    private let staging: String
    private let area: StagingArea
    private let gate: any CommitGate
    private let reach: StagingArea.LockReach
    private let threads = BlockingThreads(count: 4)
    /// The chunks of uploads, as files: `upload/<uuid of the upload>/<uuid>` below the media root.
    public let chunks: any ChunkStore
    /// The prefix folders known to exist, with durable names.
    private let prefixes = Mutex<Set<String>>([])

    /// Opens the store in a folder, and makes the folder (not its parents) when there is none.
    /// - Parameter gate: keeps commits and deletions apart; nil for file locks in the folder, which are the fastest. For a file
    ///   system of many machines whose `flock(2)` does not reach from one to the other, a ``DatabaseCommitGate``.
    /// - Throws: ``PulpError`` that names the folder.
    public init(mediaRoot path: String, gate: (any CommitGate)? = nil) throws {
        var isNew = try makeDirectory(path)
        root = try FileDescriptor(path, O_RDONLY | O_DIRECTORY)
        guard let absolute = realpath(path, nil) else { throw PulpError(errno: errno, "resolve", path) }
        defer { free(absolute) }
        (artifacts, staging) = (String(cString: absolute) + "/artifact", String(cString: absolute) + "/staging")
        chunks = LocalChunkStore(mediaRoot: String(cString: absolute), threads: threads)
        isNew = try makeDirectory(artifacts) || isNew
        isNew = try makeDirectory(staging) || isNew
        area = try StagingArea.make(below: staging)
        self.gate = gate ?? FileCommitGate(in: staging)
        reach = gate == nil ? .everyProcess : .thisMachine
        if isNew {
            try root.synchronize()
            try FileDescriptor(path + "/..", O_RDONLY | O_DIRECTORY).synchronize()
        }
    }

    /// A staged artifact that is kept in memory up to 64 KiB, then in a file below `staging/`.
    public func stage(_ algorithms: Set<DigestAlgorithm>) async throws -> any StagedArtifact {
        LocalStagedArtifact(algorithms, in: area, on: threads)
    }

    /// Renames the staged files, synchronized to the disk before and after, then records.
    public func commit<Value: Sendable>(
        _ staged: [any StagedArtifact], then record: @Sendable (CommitPermit) async throws -> Value
    ) async throws -> Value {
        let ours = try LocalStagedArtifact.all(staged)
        return try await gate.commit(try ours.map { try $0.finished().description.sha256 }) {
            if !ours.isEmpty { try await self.threads.run { try self.name(ours) } }
        } record: {
            try await record($0)
        }
    }

    /// The size of the artifact's file, without a look at its bytes.
    public func size(of digest: SHA256Digest) async throws -> Int64? {
        try await sizes(of: [digest])[digest]
    }

    /// The sizes of the files, without a look at their bytes.
    public func sizes(of digests: [SHA256Digest]) async throws -> [SHA256Digest: Int64] {
        try await threads.run {
            var sizes: [SHA256Digest: Int64] = [:]
            for digest in digests {
                let path = self.path(of: digest)
                var status = stat()
                if lstat(path, &status) == 0 {
                    sizes[digest] = Int64(status.st_size)
                } else if errno != ENOENT {
                    throw PulpError(errno: errno, "look at", path)
                }
            }
            return sizes
        }
    }

    /// Opens the file at once, and reads a chunk each time that one is asked for.
    public func read(
        _ digest: SHA256Digest, _ range: Range<Int64>
    ) async throws -> AsyncThrowingStream<ByteBuffer, any Error> {
        let (path, threads) = (path(of: digest), threads)
        let file = try await threads.run {
            do throws(PulpError) { return try FileDescriptor(path, O_RDONLY) } catch {
                throw error.code == .notFound ? PulpError(.notFound, "the store has no artifact \(digest)") : error
            }
        }
        let reader = ChunkReader(file, range, of: "artifact \(digest)")
        return AsyncThrowingStream { try await threads.run { try reader.next() } }
    }

    /// The path that the artifact has or would have; nothing is looked up.
    public func localPath(of digest: SHA256Digest) -> String? { path(of: digest) }

    /// Removes the file.
    public func delete(_ digest: SHA256Digest) async throws {
        try await threads.run { try self.remove([digest]) }
    }

    /// Removes files while no process commits to this media root.
    public func delete(
        _ candidates: [SHA256Digest], unless needed: @Sendable ([SHA256Digest]) async throws -> Set<SHA256Digest>
    ) async throws {
        try await gate.delete(candidates, unless: needed) { digests, term in
            do {
                try await self.threads.run {
                    try term.check()
                    try self.remove(digests)
                }
                return DeletionOutcome(isSettled: true, failure: nil)
            } catch {
                return DeletionOutcome(isSettled: true, failure: error)
            }
        }
    }

    /// Removes the files of dead processes, and older ones of living processes.
    public func sweepStaging(olderThan moment: Timestamp) async throws -> Int {
        try await threads.run { try StagingArea.sweep(self.staging, olderThan: moment, self.reach) }
    }

    /// The paths of the files that dead processes left.
    public func abandonedFiles() async throws -> [String] {
        // Where the locks of other machines cannot be seen, a file in use looks like one of a dead process.
        guard reach == .everyProcess else { return [] }
        return try await threads.run { try StagingArea.files(in: self.staging).filter(\.isAbandoned).map(\.path) }
    }

    /// Goes through the folders, one after the other; files whose names are no digests are left out.
    public func forEach(_ body: (SHA256Digest, Int64) async throws -> Void) async throws {
        for prefix in try await threads.run({ try namesInDirectory(self.artifacts) }) where prefix.utf8.count == 2 {
            let blobs = try await threads.run {
                let folder = "\(self.artifacts)/\(prefix)"
                return try namesInDirectory(folder).compactMap { name -> (SHA256Digest, Int64)? in
                    var status = stat()
                    // What has no digest for its name is no artifact; what has gone meanwhile neither.
                    guard let digest = try? SHA256Digest(hex: prefix + name), digest.hex == prefix + name,
                        lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG
                    else { return nil }
                    return (digest, Int64(status.st_size))
                }
            }
            for (digest, size) in blobs { try await body(digest, size) }
        }
    }

    private func path(of digest: SHA256Digest) -> String {
        "\(artifacts)/\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2))"
    }

    private func remove(_ digests: [SHA256Digest]) throws {
        for path in digests.map(path(of:)) where unlink(path) != 0 {
            guard errno == ENOENT else { throw PulpError(errno: errno, "remove", path) }
        }
    }
}

extension LocalArtifactStore {
    /// Gives finished artifacts their names; on an error, those that have no name yet stay as they are.
    private func name(_ staged: [LocalStagedArtifact]) throws {
        let isFew = staged.count <= Self.fewest
        var renames: [(from: String, to: String, of: LocalStagedArtifact)] = []
        var written: [String] = []
        defer {
            // Those that were renamed are gone from here.
            for path in written { unlink(path) }
        }
        for artifact in staged {
            let (source, isNew) = try artifact.file()
            if isNew { written.append(source) }
            if isFew { try FileDescriptor(source, O_RDONLY).synchronize() }
            renames.append((source, path(of: try artifact.finished().description.sha256), artifact))
        }
        if !isFew { try synchronizeFileSystem() }
        let folders = Set(renames.map { String($0.to.dropLast(63)) })
        try makeFolders(folders)
        for (source, destination, artifact) in renames {
            guard rename(source, destination) == 0 else { throw PulpError(errno: errno, "rename \(source) to", destination) }
            // Where both are names of one file, rename(2) does nothing.
            if artifact.isLinked { unlink(source) }
            artifact.didCommit(as: destination)
        }
        if isFew {
            for folder in folders { try FileDescriptor(folder, O_RDONLY | O_DIRECTORY).synchronize() }
        } else {
            try synchronizeFileSystem()
        }
    }

    private func makeFolders(_ folders: Set<String>) throws {
        let missing = prefixes.withLock { folders.subtracting($0) }
        guard !missing.isEmpty else { return }
        for folder in missing { try makeDirectory(folder) }
        // Also when another process made them: its own synchronization may not have come so far.
        try FileDescriptor(artifacts, O_RDONLY | O_DIRECTORY).synchronize()
        prefixes.withLock { $0.formUnion(missing) }
    }

    private func synchronizeFileSystem() throws {
        guard pulp_sync_file_system(root.number) == 0 else { throw PulpError(errno: errno, "synchronize", root.path) }
    }
}

/// Reads a range of a blob chunk by chunk: the next one only when it is asked for.
final class ChunkReader: Sendable {
    private static let chunkSize: Int64 = 256 << 10

    private let file: FileDescriptor
    /// What is read, for messages.
    private let name: String
    private let rest: Mutex<Range<Int64>>

    init(_ file: FileDescriptor, _ range: Range<Int64>, of name: String) {
        (self.file, self.name) = (file, name)
        rest = Mutex(range)
    }

    /// The next chunk; nil at the end of the range.
    func next() throws -> ByteBuffer? {
        let range = rest.withLock { $0 }
        guard !range.isEmpty else { return nil }
        let count = min(Self.chunkSize, range.upperBound - range.lowerBound)
        let chunk = try file.read(at: range.lowerBound, count: Int(count))
        guard chunk.readableBytes == Int(count) else {
            throw PulpError(
                .sizeMismatch,
                "the \(name) ends at byte \(range.lowerBound + Int64(chunk.readableBytes)), not at \(range.upperBound)")
        }
        rest.withLock { $0 = range.lowerBound + count..<range.upperBound }
        return chunk
    }
}
