/// Downloads many files at once into the store: as many at a time as the remote allows, committed in groups, so that neither their
/// number nor their size decides how much memory it takes.
struct FileFetch: Sendable {
    let context: TaskContext
    let remote: RemoteSettings
    let progress: DownloadProgress

    /// How much is staged before it is committed.
    private let groupCount = 512
    private let groupBytes: Int64 = 16 << 20

    private struct Arrived: Sendable {
        let index: Int
        let staged: any StagedArtifact
        let description: ArtifactDescription
    }

    /// Fetches each file once, also where several are the same bytes.
    ///
    /// When one fails the others stop, and what had arrived is kept: the next sync finds it.
    /// - Returns: the keys of the artifacts' rows, in the order of the files.
    func run(_ files: [DeclaredFile]) async throws -> [Int64] {
        let plan = DistinctFiles(files)
        await progress.expect(plan.distinct.map { files[$0].size })
        var artifacts = [Int64](repeating: 0, count: files.count)
        var group: [Arrived] = []
        var bytes: Int64 = 0
        func commit() async throws {
            for (index, key) in try await keep(group) { artifacts[index] = key }
            group.removeAll()
            bytes = 0
        }
        do {
            try await withThrowingTaskGroup(of: Arrived.self) { tasks in
                var next = plan.distinct.makeIterator()
                let concurrency = remote.downloadConcurrency ?? context.pulp.settings.remoteDefaults.downloadConcurrency
                for _ in 0..<concurrency {
                    guard let index = next.next() else { break }
                    tasks.addTask { try await fetch(files[index], index) }
                }
                while let arrived = try await tasks.next() {
                    group.append(arrived)
                    bytes += arrived.description.size
                    if let index = next.next() { tasks.addTask { try await fetch(files[index], index) } }
                    if group.count >= groupCount || bytes >= groupBytes { try await commit() }
                }
            }
            try await commit()
        } catch {
            let arrived = group
            await keepWhatArrived(arrived)
            for file in arrived { await file.staged.discard() }
            throw error
        }
        for (index, first) in plan.repeated { artifacts[index] = artifacts[first] }
        return artifacts
    }

    private func fetch(_ file: DeclaredFile, _ index: Int) async throws -> Arrived {
        let source = RemoteFile(url: file.url, size: file.size, digests: file.digests)
        let (staged, description) = try await context.pulp.downloads.fetch(source, from: remote, onProgress: progress.file())
        await progress.fileArrived()
        return Arrived(index: index, staged: staged, description: description)
    }

    /// Keeps what arrived before a failure.
    ///
    /// Not subject to cancellation: it is what cancellation leaves. Not for long either: a store may be away, or hold back these very
    /// bytes. Where they cannot be kept, the first error says why.
    private func keepWhatArrived(_ arrived: [Arrived]) async {
        let keeping = Task { _ = try await keep(arrived) }
        let deadline = Task {
            // Canceled when it is kept in time.
            guard (try? await Task.sleep(for: .seconds(15))) != nil else { return }
            keeping.cancel()
        }
        _ = try? await keeping.value
        deadline.cancel()
    }

    /// Gives what has arrived its names and its rows.
    private func keep(_ group: [Arrived]) async throws -> [(index: Int, key: Int64)] {
        guard !group.isEmpty else { return [] }
        let descriptions = group.map(\.description)
        let keys = try await context.pulp.store.commit(group.map(\.staged)) { permit in
            try await context.pulp.database.write { db in try db.insertArtifacts(descriptions, under: permit, at: .now) }
        }
        return group.compactMap { arrived in keys[arrived.description.sha256].map { (arrived.index, $0) } }
    }
}

/// Which of many files to fetch: of those with one SHA-256 digest, the first.
struct DistinctFiles: Sendable {
    private(set) var distinct: [Int] = []
    /// The others, with the one whose bytes they share.
    private(set) var repeated: [(index: Int, first: Int)] = []

    init(_ files: [DeclaredFile]) {
        var firsts: [String: Int] = [:]
        for (index, file) in files.enumerated() {
            guard let digest = file.digests[.sha256] else {
                distinct.append(index)
                continue
            }
            if let first = firsts[digest] {
                repeated.append((index, first))
            } else {
                firsts[digest] = index
                distinct.append(index)
            }
        }
    }
}
