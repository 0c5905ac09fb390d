import ArgumentParser
import PulpCore

/// The options that name a version of a repository.
struct VersionOptions<R: RepositoryKind>: ParsableArguments {
    @OptionGroup var repository: DerivedOptions<NounSelection<R>>
    @Option(help: ArgumentHelp("The version; the latest when not given.", valueName: "number")) var version: Int?

    init() {}

    func find(in session: Session) async throws -> RepositoryVersion {
        try await session.version(version, of: repository.find(in: session.pulp))
    }
}

extension Session {
    /// The version of a repository with a number; the latest without one.
    func version<R: RepositoryKind>(_ number: Int?, of repository: Record<R>) async throws -> RepositoryVersion {
        if let number { return try await pulp.version(number, of: repository.id) }
        return try await pulp.latestVersion(of: repository.id)
    }

    /// The version that a PRN or an href stands for: `…/<uuid of the repository>/versions/<number>/`.
    func version(_ argument: String) async throws -> RepositoryVersion {
        if argument.hasPrefix("prn:") { return try await pulp.version(ID(prn: argument)) }
        let parts = argument.split(separator: "/").suffix(3).map(String.init)
        guard parts.count == 3, parts[1] == "versions", let number = Int(parts[2]) else {
            throw PulpError(.invalid, "\(argument.debugDescription) is no PRN or href of a version")
        }
        for kind in pulp.kinds where kind.resourceTable == .repository {
            let id = ID<Repository>(prn: "prn:\(kind.model):\(parts[0])")
            do { return try await pulp.version(number, of: id) } catch let error as PulpError where error.code == .notFound {}
        }
        throw PulpError(.notFound, "there is no version \(argument)")
    }

    /// Whether a version holds a unit, of whatever kind.
    /// - Parameter unit: its PRN or href.
    func holds(_ version: RepositoryVersion, _ unit: String) async throws -> Bool {
        for kind in pulp.plugins.flatMap(\.contents) where try await holds(version, unit, kind) { return true }
        return false
    }

    private func holds<Unit: ContentUnit>(_ version: RepositoryVersion, _ unit: String, _ kind: Unit.Type) async throws -> Bool {
        let id = try ID<Unit>(argument: unit)
        return try await pulp.unitCount(kind, matching: ContentQuery(ids: [id.cast()], version: version)) > 0
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
