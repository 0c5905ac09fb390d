import Logging
import NIOCore
import PulpConfiguration
import PulpCore
import PulpFile
import PulpTesting

/// The store of a run as this process sees it, which dispatches tasks and runs none, and what is in it from the beginning.
struct World: Sendable {
    let pulp: Pulp
    let upstreams: Upstreams
    let ledger: Ledger

    static func mirror(_ upstream: Int) -> String { "mirror-\(upstream)" }
    static func shortLived(_ number: Int) -> String { "short-\(number)" }
    static let collection = "collection"

    /// The base paths that clients ask for, and which upstream is mirrored there.
    static let served: [(path: String, upstream: Int?)] =
        (0..<Upstreams.count).map { (mirror($0), $0) } + [(collection, nil), (ControlProgram.mirror.name, ControlProgram.mirror.upstream)]

    /// Opens the store, and makes what a run begins with: a mirror of each upstream, a collection, and their distributions.
    /// - Parameter environment: what configures the store, as it does for the programs.
    static func open(
        _ environment: [String: String], upstreamURL: String, upstreams: Upstreams, ledger: Ledger
    ) async throws -> World {
        let quiet = Logger(label: "faults", factory: { _ in SwiftLogNoOpLogHandler() })
        let pulp = try await Installation.load(environment: environment, logger: quiet).open(plugins: [.file])
        for upstream in 0..<Upstreams.count {
            var remote = FileRemote(
                name: "upstream-\(upstream)", url: "\(upstreamURL)\(upstream)/PULP_MANIFEST",
                policy: Upstreams.isOnDemand(upstream) ? .onDemand : .immediate)
            remote.remote.maxRetries = 1
            _ = try await pulp.create(remote)
            let repository = try await pulp.create(FileRepository(name: mirror(upstream)))
            _ = try await pulp.create(
                FileDistribution(name: mirror(upstream), basePath: mirror(upstream), of: repository.id))
        }
        var collected = FileRepository(name: collection, autopublish: true)
        collected.repository.retainRepoVersions = 5
        let repository = try await pulp.create(collected)
        _ = try await pulp.create(FileDistribution(name: collection, basePath: collection, of: repository.id))
        return World(pulp: pulp, upstreams: upstreams, ledger: ledger)
    }

    /// The upstream that a repository mirrors; nil for one that does not.
    static func upstream(ofRepository name: String) -> Int? {
        if name == ControlProgram.mirror.name { return ControlProgram.mirror.upstream }
        if name.hasPrefix("short-") { return 1 }
        return name.hasPrefix("mirror-") ? Int(name.dropFirst(7)) : nil
    }
}

extension World {
    /// Asks for an operation.
    /// - Returns: the task; nil when there is nothing to do it to.
    func dispatch(_ operation: Operation, group: ID<TaskGroupRecord>? = nil) async throws -> ID<TaskRecord>? {
        let task = try await task(for: operation, group)
        ledger.count(task == nil ? "operations on nothing" : "dispatched: \(operation.name)")
        return task
    }

    private func task(for operation: Operation, _ group: ID<TaskGroupRecord>?) async throws -> ID<TaskRecord>? {
        switch operation {
        case .mirror(let upstream): return try await synchronize(Self.mirror(upstream), upstream, mirror: true, group)
        case .collect(let upstream): return try await synchronize(Self.collection, upstream, mirror: false, group)
        case .publish(let index, let choice):
            guard let repository = try await self.repository(Self.mirror(index)), let version = try await version(of: repository, choice)
            else {
                return nil
            }
            return try await pulp.tasks.dispatch(PublishFiles(repository, version: version.number), group: group).id
        case .modify(let choice): return try await modify(choice, group)
        case .rebase(let choice):
            guard let repository = try await self.repository(Self.collection), let base = try await version(of: repository, choice) else {
                return nil
            }
            return try await pulp.tasks.dispatch(ModifyRepository(repository, base: base.id), group: group).id
        case .upload(let choice): return try await upload(choice, group)
        case .deleteVersion(let index, let choice):
            let name = index < Upstreams.count ? Self.mirror(index) : Self.collection
            guard let repository = try await self.repository(name), let version = try await version(of: repository, choice) else {
                return nil
            }
            ledger.noteUnwanted(version.number, of: repository.prn)
            return try await pulp.tasks.dispatch(DeleteVersion(version.number, of: repository), group: group).id
        case .makeShortLived(let number):
            let name = Self.shortLived(number)
            _ = try await pulp.findOrCreate(FileRepository(name: name))
            return try await synchronize(name, 1, mirror: true, group)
        case .deleteShortLived(let number):
            guard let repository = try await self.repository(Self.shortLived(number)) else { return nil }
            return try await pulp.tasks.dispatch(DeleteResource(repository), group: group).id
        case .cleanUp: return try await pulp.tasks.dispatch(OrphanCleanup(protectionTime: 0), group: group).id
        case .reclaim(let index):
            guard let repository = try await self.repository(Self.mirror(index)) else { return nil }
            return try await pulp.tasks.dispatch(
                ReclaimSpace(repositories: [repository.cast()], keepVersions: [], dryRun: false), group: group
            ).id
        case .repair: return try await pulp.tasks.dispatch(RepairAllArtifacts(), group: group).id
        }
    }

    private func repository(_ name: String) async throws -> ID<FileRepository>? {
        try await pulp.find(FileRepository.self, named: name)?.id
    }

    private func version(of repository: ID<FileRepository>, _ choice: UInt64) async throws -> RepositoryVersion? {
        let versions = try await pulp.versions(of: repository)
        return versions.isEmpty ? nil : versions[Int(choice % UInt64(versions.count))]
    }

    private func synchronize(
        _ name: String, _ upstream: Int, mirror: Bool, _ group: ID<TaskGroupRecord>?
    ) async throws -> ID<TaskRecord>? {
        guard let repository = try await self.repository(name),
            let remote = try await pulp.find(FileRemote.self, named: "upstream-\(upstream)")?.id
        else { return nil }
        return try await pulp.tasks.dispatch(SynchronizeFiles(repository, from: remote, mirror: mirror), group: group).id
    }

    private func modify(_ choice: UInt64, _ group: ID<TaskGroupRecord>?) async throws -> ID<TaskRecord>? {
        var random = SplitMix(seed: choice)
        guard let repository = try await self.repository(Self.collection),
            let source = try await self.repository(Self.mirror(Int.random(in: 0..<Upstreams.count, using: &random)))
        else { return nil }
        let theirs = try await pulp.units(
            FileContent.self, matching: ContentQuery(version: try await pulp.latestVersion(of: source)), limit: 60)
        let ours = try await pulp.units(
            FileContent.self, matching: ContentQuery(version: try await pulp.latestVersion(of: repository)), limit: 60)
        let add = theirs.shuffled(using: &random).prefix(Int.random(in: 0...30, using: &random))
        let remove = ours.shuffled(using: &random).prefix(Int.random(in: 0...20, using: &random))
        return try await pulp.tasks.dispatch(
            ModifyRepository(repository, add: add.map { $0.id.cast() }, remove: .units(remove.map { $0.id.cast() })), group: group
        ).id
    }

    private func upload(_ choice: UInt64, _ group: ID<TaskGroupRecord>?) async throws -> ID<TaskRecord>? {
        guard let repository = try await self.repository(Self.collection) else { return nil }
        var random = SplitMix(seed: choice)
        let path = try RelativePath("uploads/\(Int.random(in: 0..<10, using: &random))")
        let bytes = Array("uploaded \(choice)\n".utf8)
        upstreams.allow(bytes, at: path.description)
        let artifact = try await pulp.artifacts.add(ByteBuffer(bytes: bytes))
        return try await pulp.tasks.dispatch(
            CreateContent(FileContent.self, of: artifact.id, at: path, in: repository.cast()), group: group
        ).id
    }
}
