import ArgumentParser
import PulpCore

/// `repository version`: the immutable states of a repository.
struct VersionNoun<R: RepositoryKind>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let noun = "\(R.schema.plugin) repository version"
        return .noun(
            "version", "The immutable states of a repository.",
            examples: ["\(noun) list --repository r", "\(noun) diff --repository r --from 1 --to 3"],
            verbs: [
                VersionList<R>.self, VersionShow<R>.self, VersionDiffCommand<R>.self, VersionDestroy<R>.self,
                RepairCommand<VersionOptions<R>>.self,
            ])
    }
}

struct VersionList<R: RepositoryKind>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "List the versions of a repository, with what each changed.")
    }

    @OptionGroup var repository: DerivedOptions<NounSelection<R>>
    @Option(help: ArgumentHelp("Only versions with this unit of content.", valueName: "prn")) var content: String?
    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var objects: [JSON.Object] = []
            for version in try await session.pulp.versions(of: repository.find(in: session.pulp).id) {
                if let content, try await !session.holds(version, content) { continue }
                objects.append(try await session.options.json ? session.object(version) : session.row(version))
            }
            let columns = ["number", "pulp_created", "added", "removed", "present"]
            session.list(page.select(page.apply(to: objects)), columns: page.columns(default: columns))
        }
    }
}

struct VersionShow<R: RepositoryKind>: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "show", abstract: "Show a version.") }

    @OptionGroup var version: VersionOptions<R>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let version = try await version.find(in: session)
            if session.options.json { return session.show(try await session.object(version)) }
            var object: JSON.Object = ["prn": .string(version.id.prn)]
            for member in try await session.row(version) { object[member.name] = member.value }
            session.show(object)
        }
    }
}

struct VersionDestroy<R: RepositoryKind>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "destroy", abstract: "Delete a version.",
            discussion: "Every other version holds afterwards what it held before. The number is not used again.")
    }

    @OptionGroup var repository: DerivedOptions<NounSelection<R>>
    @Option(help: ArgumentHelp("Its number.", valueName: "number")) var version: Int
    @Flag(help: "Say what would be deleted, and delete nothing.") var dryRun = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let repository = try await repository.find(in: session.pulp)
            let version = try await session.pulp.version(version, of: repository.id)
            if !dryRun { _ = try await session.run(DeleteVersion(version.number, of: repository.id)) }
            session.report(
                "\(dryRun ? "would destroy" : "destroyed") version \(version.number) of \(repository.value.repository.name)",
                ["prn": .string(version.id.prn), "destroyed": .bool(!dryRun)])
        }
    }
}

struct VersionDiffCommand<R: RepositoryKind>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "diff", abstract: "Compare two versions.",
            discussion: "A line with + for each unit that only the second has, with - for each that only the first has.")
    }

    @OptionGroup var repository: DerivedOptions<NounSelection<R>>
    @Option(help: ArgumentHelp("The first; the one before the second when not given.", valueName: "number")) var from: Int?
    @Option(help: ArgumentHelp("The second; the latest when not given.", valueName: "number")) var to: Int?
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let repository = try await repository.find(in: session.pulp)
            let new = try await session.version(to, of: repository)
            let old = try await old(before: new, of: repository, session)
            let (added, removed) = (
                ContentQuery(version: new, absentFrom: old), ContentQuery(version: old, absentFrom: new)
            )
            if session.options.json {
                return session.show([
                    "from": .integer(old.number), "to": .integer(new.number),
                    "added": .array(try await objects(added, session)), "removed": .array(try await objects(removed, session)),
                ])
            }
            guard !session.options.quiet else { return }
            for (sign, query) in [("-", removed), ("+", added)] {
                for kind in R.contents { try await session.printLines(kind, matching: query, after: sign) }
            }
        }
    }

    private func objects(_ query: ContentQuery, _ session: Session) async throws -> [JSON] {
        var objects: [JSON] = []
        for kind in R.contents { objects += try await session.objects(kind, matching: query) }
        return objects
    }

    private func old(
        before new: RepositoryVersion, of repository: Record<R>, _ session: Session
    ) async throws -> RepositoryVersion {
        if let from { return try await session.pulp.version(from, of: repository.id) }
        guard let previous = try await session.pulp.versions(of: repository.id).last(where: { $0.number < new.number }) else {
            throw PulpError(.notFound, "\(repository.value.repository.name) has no version before \(new.number)")
        }
        return previous
    }
}

extension Session {
    /// The units of a kind that a query means, as JSON.
    fileprivate func objects<Unit: ContentUnit>(_ kind: Unit.Type, matching query: ContentQuery) async throws -> [JSON] {
        try await objects(try await pulp.units(kind, matching: query)).map { .object($0) }
    }

    /// Prints the same units for people: a line for each, with a sign and its fields.
    fileprivate func printLines<Unit: ContentUnit>(
        _ kind: Unit.Type, matching query: ContentQuery, after sign: String
    ) async throws {
        let schema = Unit.schema
        var lines = ""
        for unit in try await pulp.units(kind, matching: query) {
            lines += lines.isEmpty ? sign : "\n" + sign
            var separator = " "
            for member in schema.encode(unit.value) {
                let text = member.value.readable
                if text.isEmpty { continue }
                lines += separator
                lines += text
                separator = "  "
            }
        }
        if !lines.isEmpty { terminal.print(lines) }
    }
}
