import ArgumentParser
import PulpCore

/// `content`: units of a kind, whatever repositories hold them.
struct ContentNoun<R: RepositoryKind, Unit: UploadedUnit>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let plugin = R.schema.plugin
        return CommandConfiguration(
            commandName: "content", abstract: "Units of content, whatever repositories hold them.",
            discussion: """
                EXAMPLES:
                  pulpctl \(plugin) content upload --file ./a.iso --relative-path images/a.iso --repository r
                  pulpctl \(plugin) content list --limit 10
                """,
            subcommands: [ContentUpload<R, Unit>.self, ContentCreate<R, Unit>.self, ContentList<R, Unit>.self, ContentShow<Unit>.self])
    }
}

/// `content upload`: a file of this machine becomes a unit.
struct ContentUpload<R: RepositoryKind, Unit: UploadedUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "upload", abstract: "Make a file a unit of content, and add it to a repository.")
    }

    @Option(help: ArgumentHelp("The file.", valueName: "path"), completion: .file()) var file: String
    @OptionGroup var place: PlaceOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run(.make) { session in
            // Checked before anything is read.
            let path = try RelativePath(place.relativePath ?? String(file.split(separator: "/").last ?? ""))
            let repository: Record<R>? = if let name = place.repository { try await session.pulp.named(name) } else { nil }
            let artifact = try await session.pulp.artifacts.add(fileAt: file)
            try await session.create(Unit.self, of: artifact.id, at: path, in: repository, overwrite: place.overwrite)
        }
    }
}

/// `content create`: an artifact that is here already becomes a unit.
struct ContentCreate<R: RepositoryKind, Unit: UploadedUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "create", abstract: "Make an artifact a unit of content, and add it to a repository.")
    }

    @Option(help: ArgumentHelp("The artifact's digest.", valueName: "hex")) var sha256: String
    @OptionGroup var place: PlaceOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            guard let text = place.relativePath else { throw PulpError(.invalid, "say where it goes: --relative-path") }
            let path = try RelativePath(text)
            let repository: Record<R>? = if let name = place.repository { try await session.pulp.named(name) } else { nil }
            let digest = try SHA256Digest(hex: sha256)
            guard let artifact = try await session.pulp.artifacts.find(digest) else {
                throw PulpError(.notFound, "there is no artifact \(digest); upload it first")
            }
            try await session.create(Unit.self, of: artifact.id, at: path, in: repository, overwrite: place.overwrite)
        }
    }
}

/// The options that say where a new unit goes.
struct PlaceOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("Where the unit is in a repository.", valueName: "path")) var relativePath: String?
    @Option(help: ArgumentHelp("The repository that it is added to.", valueName: "name or prn")) var repository: String?
    @Flag(inversion: .prefixedNo, help: "Let it take the place of another unit at the same path.") var overwrite = true

    init() {}
}

struct ContentList<R: RepositoryKind, Unit: ContentUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "list", abstract: "List units.") }

    @OptionGroup var units: DerivedOptions<UnitSelection<Unit>>
    @Option(help: ArgumentHelp("Only units of this repository.", valueName: "name or prn")) var repository: String?
    @Option(help: ArgumentHelp("Its version; the latest when not given.", valueName: "number")) var version: Int?
    @Option(help: ArgumentHelp("List at most so many.", valueName: "number")) var limit: Int?
    @Option(help: ArgumentHelp("Leave out so many at the beginning.", valueName: "number")) var offset = 0
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var query: ContentQuery = try units.query()
            if let repository {
                let repository: Record<R> = try await session.pulp.named(repository)
                query.version = try await session.version(version, of: repository)
            }
            try await session.listUnits(of: Unit.self, matching: query, limit: limit ?? .max, offset: offset)
        }
    }
}

struct ContentShow<Unit: ContentUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "show", abstract: "Show a unit.") }

    @OptionGroup var units: DerivedOptions<UnitSelection<Unit>>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let found: [Record<Unit>] = try await units.units(in: session)
            guard found.count == 1 else { throw PulpError(.invalid, "\(found.count) units are meant; say more") }
            for object in try await session.objects(found) { session.show(object) }
        }
    }
}

extension Session {
    fileprivate func create<R: RepositoryKind, Unit: UploadedUnit>(
        _ kind: Unit.Type, of artifact: ID<Artifact>, at path: RelativePath, in repository: Record<R>?, overwrite: Bool
    ) async throws {
        let id = try await run(CreateContent(kind, of: artifact, at: path, in: repository?.id.cast(), overwrite: overwrite))
        let units = try await pulp.units(kind, matching: ContentQuery(ids: [id]))
        for object in try await objects(units) { show(object) }
    }

    /// Lists units page by page, so that a large repository does not have to fit in memory; JSON is one array all the same.
    func listUnits<Unit: ContentUnit>(of kind: Unit.Type, matching query: ContentQuery, limit: Int, offset: Int) async throws {
        if options.quiet { return }
        let names = Unit.schema.fields.map(\.name) + ["size"]
        var done = 0
        if options.json { terminal.print("[") }
        while done < limit {
            let pageSize = min(1000, limit - done)
            let units = try await pulp.units(kind, matching: query, limit: pageSize, offset: offset + done)
            let objects = try await objects(units)
            if options.json {
                for (index, object) in objects.enumerated() {
                    if done + index > 0 { terminal.print(",") }
                    terminal.print(JSON.object(object).text)
                }
            } else if !objects.isEmpty {
                let lines = Table(objects, columns: names).lines(emphasize: terminal.bold)
                for line in done == 0 ? lines : Array(lines.dropFirst()) { terminal.print(line) }
            }
            done += units.count
            if units.count < pageSize { break }
        }
        if options.json { terminal.print("]") }
    }
}
