import ArgumentParser
import PulpCore

/// The options that name the repository that a verb works on.
struct RepositoryOptions<R: RepositoryKind>: ParsableArguments {
    @Option(name: [.customLong("repository"), .customLong("name")], help: ArgumentHelp("The repository.", valueName: "name or prn"))
    var repository: String?
    @Option(name: [.customLong("repository-prn"), .customLong("repository-href")], help: .hidden)
    var prn: String?

    init() {}

    func find(in session: Session) async throws -> Record<R> {
        guard let name = repository ?? prn else { throw PulpError(.invalid, "say which repository: --repository") }
        return try await session.pulp.named(name)
    }
}

extension Session {
    /// The version of a repository with a number; the latest without one.
    func version<R: RepositoryKind>(_ number: Int?, of repository: Record<R>) async throws -> RepositoryVersion {
        if let number { return try await pulp.version(number, of: repository.id) }
        return try await pulp.latestVersion(of: repository.id)
    }

    /// Shows the version that a task made of a repository, or that it made none.
    func report<R: RepositoryKind>(_ version: RepositoryVersion?, of repository: Record<R>) async throws {
        guard let version else {
            let latest = try await pulp.latestVersion(of: repository.id)
            return report(
                "\(repository.value.repository.name): nothing changed, version \(latest.number) stays",
                ["changed": false, "number": .integer(latest.number)])
        }
        if options.json { return show(try await object(version)) }
        let row = try await row(version)
        report(
            "\(repository.value.repository.name): version \(version.number), \(row.text("added")) added, "
                + "\(row.text("removed")) removed, \(row.text("present")) present", row)
    }
}

extension JSON.Object {
    /// A member as people read it.
    func text(_ name: String) -> String { self[name]?.readable ?? "" }
}
