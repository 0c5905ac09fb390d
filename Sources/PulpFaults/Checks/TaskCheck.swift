import PulpCore
import PulpFile

/// Looks at how the tasks of a run ended: each of them did, and for a reason that somebody could expect.
struct TaskCheck: Sendable {
    let world: World
    let kind: FaultKind
    private var ledger: Ledger { world.ledger }

    func run() async throws {
        var filter = TaskFilter()
        filter.limit = 500
        var results: [String: RepositoryVersion] = [:]
        while true {
            let page = try await world.pulp.tasks.list(filter).tasks
            for task in page { check(task, &results) }
            if page.count < filter.limit { break }
            filter.offset += filter.limit
        }
        try await check(results.values)
    }

    /// What a task said that it made is there, unless somebody wanted it gone.
    private func check(_ versions: some Collection<RepositoryVersion>) async throws {
        var kept: Set<ID<RepositoryVersion>> = []
        var repositories: Set<String> = []
        for repository in try await world.pulp.list(FileRepository.self) where repository.value.repository.retainRepoVersions == nil {
            repositories.insert(repository.id.prn)
            kept.formUnion(try await world.pulp.versions(of: repository.id).map(\.id))
        }
        for version in versions where repositories.contains(version.repository.prn) && !kept.contains(version.id) {
            if ledger.isUnwanted(version.number, of: version.repository.prn) { continue }
            ledger.find("version \(version.number) of \(version.repository) was made, and is gone")
        }
    }

    private func check(_ task: TaskRecord, _ results: inout [String: RepositoryVersion]) {
        let name = task.name.split(separator: ".").last ?? ""
        ledger.count("tasks: \(name) \(task.state.rawValue)")
        if !task.state.isFinal { return ledger.find("the task \(name) (\(task.id)) is \(task.state.rawValue)") }
        if task.finished == nil { ledger.find("the task \(name) (\(task.id)) has ended, but not when") }
        if task.worker != nil { ledger.find("the task \(name) (\(task.id)) has ended, and still has a worker") }
        for report in task.progress where !report.state.isFinal {
            ledger.find("the task \(name) (\(task.id)) has ended, but its report \(report.code) is \(report.state.rawValue)")
        }
        if task.state == .failed {
            let reason = task.error?["reason"]?.stringValue ?? task.error?["description"]?.stringValue ?? "nothing"
            let code = task.error?["error_code"]?.stringValue
            ledger.count("failures: \(code ?? String(reason.prefix(60)))")
            if !isExplained(code, reason) { ledger.find("the task \(name) (\(task.id)) failed with: \(reason)") }
        }
        if task.state == .completed, let version = try? task.result?.decode(RepositoryVersion.self) {
            // Other tasks have other results, which are no versions.
            let key = "version \(version.number) of \(version.repository)"
            if let other = results.updateValue(version, forKey: key), other.id != version.id { ledger.find("two tasks made a \(key)") }
        }
    }

    private func isExplained(_ code: String?, _ reason: String) -> Bool {
        if reason == "Worker has gone missing." { return kind.losesWorkers }
        if reason == "Aborted during worker shutdown." { return kind.killsProcesses }
        switch code.map(PulpError.Code.init) {
        // The upstream lied, or had other files already.
        case .digestMismatch, .sizeMismatch, .timeout, .http, .connection, .invalid: return true
        // What it was about was gone, in use, or the last of its kind.
        case .notFound, .conflict, .protected, .versionDeletion: return true
        case .storageFull: return kind.fillsDisk
        case nil:
            if kind.fillsDisk, reason.contains("No space left") || reason.contains("full") { return true }
            return kind.stopsDatabase && Self.connectionLoss.contains { reason.contains($0) }
        default: return false
        }
    }

    /// How libpq and the server say that they lost each other.
    private static let connectionLoss = [
        "server closed the connection", "terminating connection", "connection to server", "the database system is",
        "could not receive data", "could not send data", "no connection to the server", "the connection is broken",
    ]
}
