import Foundation
import PulpCore
import PulpTesting

extension FaultSettings {
    /// Makes a store, works on it while things go wrong, and looks at what is there afterwards.
    /// - Returns: what happened; whatever was wrong is among it.
    /// - Throws: what kept the run from being made, such as a PostgreSQL that is not installed.
    public func run() async throws -> FaultReport {
        let ledger = Ledger()
        let folder = try TemporaryDirectory()
        var disk: SmallFileSystem?
        let data = folder.path + "/data"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
        if kind.fillsDisk { disk = try SmallFileSystem(at: data, bytes: 64 << 20) }
        let result: Result<Void, any Error>
        do { result = .success(try await run(in: folder, data, disk, ledger)) } catch { result = .failure(error) }
        if case .failure(let error) = result { ledger.find("the run broke off: \(error)") }
        let isClean = ledger.findings.isEmpty
        if let disk {
            if !isClean { try FileManager.default.copyItem(atPath: data, toPath: folder.path + "/kept") }
            disk.unmount()
        }
        if isClean { try folder.remove() }
        return FaultReport(
            settings: self, counts: ledger.counts, findings: ledger.findings, folder: isClean ? nil : folder.path)
    }

    private func run(in folder: TemporaryDirectory, _ data: String, _ disk: SmallFileSystem?, _ ledger: Ledger) async throws {
        let upstreams = Upstreams(seed: seed)
        let lying = LyingUpstream(upstreams, seed: seed &+ 1, ledger: ledger)
        try await withFakeRemote { remote in
            remote.forgetRequests()
            remote.answerOthers { lying.answer($0) }
            try await FaultDatabase.with(database) { database in
                try await store.with { stored in
                    let environment = environment(data, database).merging(stored) { _, new in new }
                    let world = try await World.open(environment, upstreamURL: remote.url, upstreams: upstreams, ledger: ledger)
                    let result: Result<Void, any Error>
                    do {
                        let machine = try Machine(
                            self, world, database, disk, lying, environment, folder: folder.url, upstreamURL: remote.url)
                        result = .success(try await machine.run())
                    } catch { result = .failure(error) }
                    if case .server(let server) = database, !ledger.findings.isEmpty {
                        try await server.dump(to: folder.path + "/database.sql")
                    }
                    try await world.pulp.close()
                    try result.get()
                }
            }
        }
    }

    /// What configures the programs, and this one.
    private func environment(_ data: String, _ database: FaultDatabase) -> [String: String] {
        [
            "PULP_DATA_DIR": data, "PULP_WORKERS": "2", "PULP_WORKER_TTL": String(timeToLive), "PULP_REMOTE_MAX_RETRIES": "1",
            "PULP_REMOTE_SOCK_READ_TIMEOUT": "2", "PULP_REMOTE_CONTENT_FETCH_FAILURE_COOLDOWN": "1", "PULP_TASK_GRACE_INTERVAL": "2",
            "PULP_ADMIN_PASSWORD": "not-a-secret",
        ].merging(database.environment) { _, new in new }
    }
}
