import Foundation
import NIOCore
import PulpCore
import PulpFile
import PulpTesting

/// Looks at what is in the store once nothing runs any more: every version and every publication, whole and right.
struct StoreCheck: Sendable {
    let world: World
    let seed: UInt64
    private var pulp: Pulp { world.pulp }
    private var ledger: Ledger { world.ledger }

    func run() async throws {
        try await checkRows()
        for repository in try await pulp.list(FileRepository.self) {
            for version in try await pulp.versions(of: repository.id) { try await check(version, of: repository) }
        }
        try await checkPublications()
        // What came on demand a moment ago is kept first.
        await pulp.serving.shutdown()
        checkFolders()
    }

    private func checkRows() async throws {
        let (locks, workers, drafts) = try await pulp.database.read { db in
            (
                try db.value("SELECT COUNT(*) FROM task_lock", as: Int.self) ?? 0,
                try db.query("SELECT name FROM worker").map { try $0.get(0, as: String.self) },
                try db.value("SELECT COUNT(*) FROM repository_version WHERE NOT complete", as: Int.self) ?? 0
            )
        }
        if locks > 0 { ledger.find("\(locks) locks are held or waited for, and no task is there") }
        if !workers.isEmpty { ledger.find("workers are left of processes that have ended: \(workers)") }
        if drafts > 0 { ledger.find("\(drafts) versions are incomplete") }
    }

    private func check(_ version: RepositoryVersion, of repository: Record<FileRepository>) async throws {
        let name = "version \(version.number) of \(repository.value.repository.name)"
        ledger.count("versions read")
        var units: [(path: String, digest: String)] = []
        try await pulp.forEachUnit(of: FileContent.self, in: version) { batch in
            units += batch.map { ($0.relativePath.description, $0.digest.hex) }
        }
        var files = 0
        try await pulp.forEachFile(in: version) { files += $0.count }
        let present = try await pulp.summary(of: version).counts["file.file"]?.present ?? 0
        if units.count != present || files != present {
            ledger.find("\(name) says that it holds \(present) units, and holds \(units.count) units with \(files) files")
        }
        for unit in units where !world.upstreams.isPossible(unit.digest, at: unit.path) {
            ledger.find("\(name) holds what nobody ever had: \(unit.path) \(unit.digest)")
        }
        guard version.number > 0, let upstream = World.upstream(ofRepository: repository.value.repository.name) else { return }
        if let difference = world.upstreams.difference(of: units, from: upstream) {
            ledger.find("\(name) is not what upstream had: \(difference)")
        }
    }

    /// Serves one publication after the other, whole.
    private func checkPublications() async throws {
        let publications = try await pulp.list(FilePublication.self)
        guard !publications.isEmpty else { return }
        var window = try await pulp.create(FileDistribution(name: "window", basePath: "window"))
        var read: Set<String> = []
        var random = SplitMix(seed: seed)
        for publication in publications {
            window.value.distribution.publication = publication.id.cast()
            try await pulp.update(window)
            ledger.count("publications read")
            guard let manifest = try await served("window/PULP_MANIFEST") else {
                ledger.find("\(publication.id) has no manifest")
                continue
            }
            let lines = String(decoding: manifest, as: UTF8.self).split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
            // Of the many files of the largest ones, some stand for all.
            for line in lines.count > 100 ? Array(lines.shuffled(using: &random).prefix(40)) : lines where line.count == 3 {
                guard read.insert("\(line[0]) \(line[1])").inserted else { continue }
                guard let bytes = try await served("window/\(line[0])") else {
                    ledger.find("\(publication.id) does not have \(line[0])")
                    continue
                }
                if sha256(of: bytes) != line[1] { ledger.find("\(publication.id) has other bytes at \(line[0]) than it says") }
            }
        }
    }

    private func served(_ path: String) async throws -> [UInt8]? {
        switch try await pulp.serving.answer(ContentRequest(path: path)) {
        case .artifact(let file): return Array(buffer: try await pulp.store.bytes(of: file.sha256, limit: file.size))
        case .bytes(let bytes, _, _): return Array(buffer: bytes)
        case .arriving(let file):
            defer { file.leave() }
            var whole = ByteBuffer()
            while true {
                let part = try await file.read(from: Int64(whole.writerIndex), limit: 1 << 18)
                if part.readableBytes == 0 { return Array(buffer: whole) }
                whole.writeImmutableBuffer(part)
            }
        default: return nil
        }
    }

    private func checkFolders() {
        // A folder that nobody made has nothing in it.
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: pulp.settings.dataDirectory + "/tmp")) ?? []
        if !folders.isEmpty { ledger.find("working directories of tasks are left: \(folders)") }
        guard pulp.store is LocalArtifactStore else { return }
        do {
            let staged = try pulp.stagedFiles()
            if !staged.isEmpty { ledger.find("unfinished files are left: \(staged)") }
        } catch {
            ledger.find("the staging folder cannot be read: \(error)")
        }
    }
}
