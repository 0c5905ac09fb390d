import ArgumentParser
import PulpCore

/// `repository content`: which units a repository holds.
struct RepositoryContentNoun<R: RepositoryKind, Unit: ContentUnit>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let plugin = R.schema.plugin
        return CommandConfiguration(
            commandName: "content", abstract: "The units that a repository holds.",
            discussion: """
                EXAMPLES:
                  pulpctl \(plugin) repository content list --repository r
                  pulpctl \(plugin) repository content remove --repository r --all
                  pulpctl \(plugin) repository content modify --repository r --base-version 3
                """,
            subcommands: [
                RepositoryContentList<R, Unit>.self, RepositoryContentAdd<R, Unit>.self, RepositoryContentRemove<R, Unit>.self,
                RepositoryContentModify<R, Unit>.self,
            ])
    }
}

/// The options that say which units of a kind are meant: its fields.
enum UnitSelection<Unit: ContentUnit>: OptionSource {
    static var options: [DerivedOption] {
        Unit.schema.fields.filter { $0.lookups != .none }.map { field in
            FieldOption(field).derived(summary: field.summary, isRequired: false, fallback: nil)
        } + [DerivedOption("prn", names: ["prn", "href"], .text(isRequired: false), "The unit's PRN or href.", placeholder: "prn")]
    }
}

extension DerivedOptions {
    /// The query of the options of ``UnitSelection``.
    func query<Unit: ContentUnit>() throws -> ContentQuery where Source == UnitSelection<Unit> {
        var query = ContentQuery()
        for (key, given) in given {
            guard case .text(let text) = given else { continue }
            if key == "prn" {
                query.ids = [try ID<Unit>(argument: text).cast()]
            } else {
                query.fields[key] = text
            }
        }
        return query
    }

    /// The units that the options name.
    /// - Throws: ``PulpError`` with `invalid` when none of the options was given, with `notFound` when there is no such unit.
    func units<Unit: ContentUnit>(
        in session: Session, of version: RepositoryVersion? = nil
    ) async throws -> [Record<Unit>] where Source == UnitSelection<Unit> {
        guard !given.isEmpty else {
            let options = Source.options.compactMap(\.names.first).map { "--\($0)" }.joined(separator: ", ")
            throw PulpError(.invalid, "say which units: \(options)")
        }
        var query: ContentQuery = try query()
        query.version = version
        let units: [Record<Unit>] = try await session.pulp.units(matching: query)
        guard !units.isEmpty else {
            throw PulpError(.notFound, version == nil ? "there is no such unit" : "the version has no such unit")
        }
        return units
    }
}

struct RepositoryContentList<R: RepositoryKind, Unit: ContentUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "List the units of a version.")
    }

    @OptionGroup var repository: RepositoryOptions<R>
    @Option(help: ArgumentHelp("The version; the latest when not given.", valueName: "number")) var version: Int?
    @OptionGroup var units: DerivedOptions<UnitSelection<Unit>>
    @Option(help: ArgumentHelp("List at most so many.", valueName: "number")) var limit: Int?
    @Option(help: ArgumentHelp("Leave out so many at the beginning.", valueName: "number")) var offset = 0
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var query: ContentQuery = try units.query()
            query.version = try await session.version(version, of: repository.find(in: session))
            try await session.listUnits(of: Unit.self, matching: query, limit: limit ?? .max, offset: offset)
        }
    }
}

struct RepositoryContentAdd<R: RepositoryKind, Unit: ContentUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "add", abstract: "Add units that exist to a repository.")
    }

    @OptionGroup var repository: RepositoryOptions<R>
    @OptionGroup var units: DerivedOptions<UnitSelection<Unit>>
    @OptionGroup var base: BaseOptions<R>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let repository = try await repository.find(in: session)
            let units: [Record<Unit>] = try await units.units(in: session)
            let version = try await session.run(
                ModifyRepository(
                    repository.id, add: units.map { $0.id.cast() }, base: try await base.find(for: repository, in: session),
                    overwrite: base.overwrite))
            try await session.report(version, of: repository)
        }
    }
}

struct RepositoryContentRemove<R: RepositoryKind, Unit: ContentUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "remove", abstract: "Remove units from a repository; earlier versions keep them.")
    }

    @OptionGroup var repository: RepositoryOptions<R>
    @OptionGroup var units: DerivedOptions<UnitSelection<Unit>>
    @Flag(help: "Remove everything.") var all = false
    @OptionGroup var base: BaseOptions<R>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let repository = try await repository.find(in: session)
            let base = try await base.find(for: repository, in: session)
            var removal = ModifyRepository.Removal.everything
            if !all {
                let from = if let base { try await session.pulp.version(base) } else { try await session.version(nil, of: repository) }
                let found: [Record<Unit>] = try await units.units(in: session, of: from)
                removal = .units(found.map { $0.id.cast() })
            }
            let version = try await session.run(ModifyRepository(repository.id, remove: removal, base: base))
            try await session.report(version, of: repository)
        }
    }
}

struct RepositoryContentModify<R: RepositoryKind, Unit: ContentUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "modify", abstract: "Make a version by removing and adding units at once.",
            discussion: """
                Units are JSON: a list of objects with the fields that identify each, or @path of a file with such a list. \
                With --base-version alone the repository goes back to what that version held.
                """)
    }

    @OptionGroup var repository: RepositoryOptions<R>
    @Option(help: ArgumentHelp("The units to add.", valueName: "json or @path")) var addContent: String?
    @Option(help: ArgumentHelp("The units to remove.", valueName: "json or @path")) var removeContent: String?
    @OptionGroup var base: BaseOptions<R>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let repository = try await repository.find(in: session)
            let add = try await units(addContent, "--add-content", session)
            let remove = try await units(removeContent, "--remove-content", session)
            let base = try await base.find(for: repository, in: session)
            guard addContent != nil || removeContent != nil || base != nil else {
                throw PulpError(.invalid, "say what changes: --add-content, --remove-content or --base-version")
            }
            let version = try await session.run(
                ModifyRepository(repository.id, add: add, remove: .units(remove), base: base, overwrite: self.base.overwrite))
            try await session.report(version, of: repository)
        }
    }

    private func units(_ text: String?, _ option: String, _ session: Session) async throws -> [ID<Content>] {
        guard let text else { return [] }
        let source = text.hasPrefix("@") ? try session.read(String(text.dropFirst())) : text
        guard let list = try? JSON(parsing: source), case .array(let elements) = list else {  // The message says all.
            throw PulpError(.invalid, "\(option) expects a JSON list of objects")
        }
        var ids: [ID<Content>] = []
        for element in elements {
            guard case .object(let object) = element else {
                throw PulpError(.invalid, "\(option) expects a JSON list of objects")
            }
            let fields = Dictionary(object.map { ($0.name, $0.value.readable) }, uniquingKeysWith: { _, last in last })
            let found = try await session.pulp.units(Unit.self, matching: ContentQuery(fields: fields))
            guard !found.isEmpty else { throw PulpError(.notFound, "there is no unit \(element.text)") }
            ids += found.map { $0.id.cast() }
        }
        return ids
    }
}

/// The options that say what a modification begins with.
struct BaseOptions<R: RepositoryKind>: ParsableArguments {
    @Option(help: ArgumentHelp("Begin with this version instead of the latest.", valueName: "number")) var baseVersion: Int?
    @Option(help: ArgumentHelp("The repository of the base version, when it is another.", valueName: "name or prn"))
    var baseRepository: String?
    @Flag(inversion: .prefixedNo, help: "Let a unit take the place of another with the same key.")
    var overwrite = true

    init() {}

    func find(for repository: Record<R>, in session: Session) async throws -> ID<RepositoryVersion>? {
        if baseVersion == nil, baseRepository == nil { return nil }
        let base: Record<R> = if let baseRepository { try await session.pulp.named(baseRepository) } else { repository }
        return try await session.version(baseVersion, of: base).id
    }
}
