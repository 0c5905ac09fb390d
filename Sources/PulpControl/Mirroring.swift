import PulpCore
import Synchronization

/// A kind of repository that `pulpctl` mirrors in one step.
protocol MirroredRepository: SynchronizedRepository, PublishedRepository {
    associatedtype Outlet: DistributionKind
    /// What a remote's URL is when its user names a folder.
    /// - Parameter url: ends in a slash.
    static func remoteURL(ofFolder url: String) -> String
}

/// Brings a remote's content to where it is served, all under one name.
///
/// Makes or reuses a remote, a repository and a distribution of one name, brings the repository in line with the remote, publishes
/// what changed, and distributes it. Doing it again brings everything up to date.
struct Mirroring<R: MirroredRepository>: Sendable {
    let session: Session
    let name: String
    let url: String
    let basePath: String
    /// Nil leaves the remote's.
    let policy: DownloadPolicy?
    /// Whether units that the remote does not have stay.
    let isAdditive: Bool

    struct Outcome: Sendable {
        var version: RepositoryVersion
        var isNew: Bool
        var counts: (added: Int, removed: Int, present: Int)
        var downloadedBytes: Int
        var distribution: Record<R.Outlet>
    }

    private var pulp: Pulp { session.pulp }

    func run() async throws -> Outcome {
        try await checkBasePath()
        let remote = try await remote()
        let repository = try await repository(from: remote)
        let sync = R.synchronization(of: repository.id, from: remote.id, mirror: !isAdditive, optimize: true)
        let downloaded = Mutex(0)
        let made = try await session.run(sync) { report in
            if report.code == ProgressReport.downloadedBytes { downloaded.withLock { $0 = report.done } }
        }
        let version = if let made { made } else { try await pulp.latestVersion(of: repository.id) }
        try await publish(version, of: repository)
        let summary = try await pulp.summary(of: version).counts.values
        func sum(_ count: KeyPath<ContentSummary.Counts, Int>) -> Int { summary.map { $0[keyPath: count] }.reduce(0, +) }
        return Outcome(
            version: version, isNew: made != nil,
            counts: made == nil ? (0, 0, sum(\.present)) : (sum(\.added), sum(\.removed), sum(\.present)),
            downloadedBytes: downloaded.withLock { $0 }, distribution: try await distribution(of: repository))
    }

    /// Finds out before much is downloaded that it could not be distributed.
    private func checkBasePath() async throws {
        var distribution = R.Outlet()
        try R.Outlet.schema.apply(["name": .string(name), "base_path": .string(basePath)], to: &distribution, .create)
        for kind in pulp.plugins.flatMap(\.distributions) {
            for taken in try await basePaths(of: kind) where taken.name != name || kind.model != R.Outlet.schema.model {
                guard Self.overlap(taken.path, basePath) else { continue }
                throw PulpError(.conflict, "the base path \(basePath) overlaps with \(taken.path) of the distribution \(taken.name)")
            }
        }
    }

    static func overlap(_ first: String, _ second: String) -> Bool {
        first == second || first.hasPrefix(second + "/") || second.hasPrefix(first + "/")
    }

    private func basePaths<D: DistributionKind>(of kind: D.Type) async throws -> [(name: String, path: String)] {
        try await pulp.list(kind).map { ($0.value.distribution.name, $0.value.distribution.basePath) }
    }

    private func remote() async throws -> Record<R.Source> {
        guard var remote: Record<R.Source> = try await pulp.find(named: name) else {
            var new = R.Source()
            try R.Source.schema.apply(
                ["name": .string(name), "url": .string(url), "policy": (policy ?? .immediate).json], to: &new, .create)
            return try await pulp.create(new)
        }
        try R.Source.schema.apply(["url": .string(url)], to: &remote.value, .update)
        if let policy { remote.value.remote.policy = policy }
        try await pulp.update(remote)
        return remote
    }

    private func repository(from remote: Record<R.Source>) async throws -> Record<R> {
        guard var repository: Record<R> = try await pulp.find(named: name) else {
            var new = R()
            new.repository.name = name
            new.repository.remote = remote.id.cast()
            return try await pulp.create(new)
        }
        repository.value.repository.remote = remote.id.cast()
        try await pulp.update(repository)
        return repository
    }

    /// A mirroring sync publishes the upstream's metadata itself, and so does a repository that says so.
    private func publish(_ version: RepositoryVersion, of repository: Record<R>) async throws {
        if try await pulp.isPublished(version) { return }
        let options = R.defaultPublication(of: repository.value)
        _ = try await session.run(R.publishing(of: repository.id, version: version.number, as: options))
    }

    private func distribution(of repository: Record<R>) async throws -> Record<R.Outlet> {
        guard var distribution: Record<R.Outlet> = try await pulp.find(named: name) else {
            var new = R.Outlet()
            new.distribution.name = name
            new.distribution.basePath = basePath
            new.distribution.repository = repository.id.cast()
            return try await pulp.create(new)
        }
        distribution.value.distribution.basePath = basePath
        distribution.value.distribution.repository = repository.id.cast()
        distribution.value.distribution.publication = nil
        distribution.value.distribution.repositoryVersion = nil
        try await pulp.update(distribution)
        return distribution
    }
}
