import ArgumentParser
import PulpCore

/// `repository content`: which units a repository holds.
struct RepositoryContentNoun<R: RepositoryKind, Unit: ContentUnit>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let noun = "\(R.schema.plugin) repository content"
        return .noun(
            "content", "The units that a repository holds.",
            examples: [
                "\(noun) list --repository r", "\(noun) remove --repository r --all", "\(noun) modify --repository r --base-version 3",
            ],
            verbs: [
                UnitList<UnitsOfVersion<R>, Unit>.self, RepositoryContentAdd<R, Unit>.self, RepositoryContentRemove<R, Unit>.self,
                RepositoryContentModify<R, Unit>.self,
            ])
    }
}

struct RepositoryContentAdd<R: RepositoryKind, Unit: ContentUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "add", abstract: "Add units that exist to a repository.")
    }

    @OptionGroup var repository: DerivedOptions<NounSelection<R>>
    @OptionGroup var units: DerivedOptions<UnitSelection<Unit>>
    @OptionGroup var base: BaseOptions<R>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let repository = try await repository.find(in: session.pulp)
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

    @OptionGroup var repository: DerivedOptions<NounSelection<R>>
    @OptionGroup var units: DerivedOptions<UnitSelection<Unit>>
    @Flag(help: "Remove everything.") var all = false
    @OptionGroup var base: BaseOptions<R>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let repository = try await repository.find(in: session.pulp)
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

    @OptionGroup var repository: DerivedOptions<NounSelection<R>>
    @Option(help: ArgumentHelp("The units to add.", valueName: "json or @path")) var addContent: String?
    @Option(help: ArgumentHelp("The units to remove.", valueName: "json or @path")) var removeContent: String?
    @OptionGroup var base: BaseOptions<R>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let repository = try await repository.find(in: session.pulp)
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
        var ids: [ID<Content>] = []
        for element in try session.list(text, option, of: "objects") {
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
