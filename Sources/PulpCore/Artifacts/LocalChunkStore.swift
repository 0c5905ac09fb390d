internal import Glibc
internal import NIOCore

/// Chunks as files: `upload/<uuid of the upload>/<uuid>` below the media root.
///
/// Folders are made when they are needed, and go with the last chunk in them.
struct LocalChunkStore: ChunkStore {
    private let folder: String
    private let threads: BlockingThreads

    /// Looks at nothing and makes nothing.
    init(mediaRoot: String, threads: BlockingThreads = BlockingThreads(count: 4)) {
        (folder, self.threads) = (mediaRoot + "/upload", threads)
    }

    func put(_ staged: any StagedArtifact, as chunk: ChunkName) async throws {
        let ours = try LocalStagedArtifact.all([staged])
        try await threads.run { for artifact in ours { try name(artifact, chunk) } }
    }

    func size(of chunk: ChunkName) async throws -> Int64? {
        let path = path(of: chunk)
        return try await threads.run {
            var status = stat()
            if lstat(path, &status) == 0 { return Int64(status.st_size) }
            guard errno == ENOENT else { throw PulpError(errno: errno, "look at", path) }
            return nil
        }
    }

    func read(_ chunk: ChunkName, size: Int64) async throws -> AsyncThrowingStream<ByteBuffer, any Error> {
        let (path, threads) = (path(of: chunk), threads)
        let file = try await threads.run {
            do throws(PulpError) { return try FileDescriptor(path, O_RDONLY | O_NONBLOCK) } catch {
                throw error.code == .notFound ? PulpError(.notFound, "the store has no chunk \(chunk)") : error
            }
        }
        let reader = ChunkReader(file, 0..<size, of: "chunk \(chunk)")
        return AsyncThrowingStream { try await threads.run { try reader.next() } }
    }

    func delete(_ chunks: [ChunkName]) async throws {
        try await threads.run {
            for path in chunks.map(path(of:)) where unlink(path) != 0 {
                guard errno == ENOENT else { throw PulpError(errno: errno, "remove", path) }
            }
            // Those that have others in them stay.
            for upload in Set(chunks.map(\.upload)) { rmdir(home(of: upload)) }
        }
    }

    func delete(upload uuid: String) async throws {
        let home = home(of: uuid)
        try await threads.run {
            for name in try Self.names(in: home) {
                let path = "\(home)/\(name)"
                guard unlink(path) == 0 || errno == ENOENT else { throw PulpError(errno: errno, "remove", path) }
            }
            rmdir(home)
        }
    }

    func forEach(_ body: (ChunkName) async throws -> Void) async throws {
        for upload in try await threads.run({ try Self.names(in: folder) }) {
            for name in try await threads.run({ try Self.names(in: home(of: upload)) }) {
                if let chunk = ChunkName(path: "\(upload)/\(name)") { try await body(chunk) }
            }
        }
    }

    private func home(of upload: String) -> String { "\(folder)/\(upload)" }

    private func path(of chunk: ChunkName) -> String { "\(folder)/\(chunk)" }

    /// Renames the staged file, or writes what was kept in memory; synchronized before and after.
    private func name(_ staged: LocalStagedArtifact, _ chunk: ChunkName) throws {
        let (source, isNew) = try staged.file()
        defer {
            // Gone from here when it was renamed.
            if isNew { unlink(source) }
        }
        try FileDescriptor(source, O_RDONLY).synchronize()
        let (home, destination) = (home(of: chunk.upload), path(of: chunk))
        while true {
            if try makeDirectory(folder) { try Self.synchronize(folder + "/..") }
            if try makeDirectory(home) { try Self.synchronize(folder) }
            if rename(source, destination) == 0 { break }
            // Somebody removed the last chunk of the upload, and its folder.
            guard errno == ENOENT, access(source, F_OK) == 0 else { throw PulpError(errno: errno, "rename \(source) to", destination) }
        }
        staged.didCommit(as: destination)
        try Self.synchronize(home)
    }

    private static func synchronize(_ folder: String) throws {
        try FileDescriptor(folder, O_RDONLY | O_DIRECTORY).synchronize()
    }

    /// The names in a folder; none when it is not there, or is a file.
    private static func names(in folder: String) throws(PulpError) -> [String] {
        guard access(folder + "/", F_OK) == 0 else { return [] }
        do { return try namesInDirectory(folder) } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
    }
}
