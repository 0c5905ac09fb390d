import ArgumentParser
import PulpCore

/// `content`: units of a kind, whatever repositories hold them.
struct ContentNoun<R: RepositoryKind, Unit: UploadedUnit>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let noun = "\(R.schema.plugin) content"
        return .noun(
            "content", "Units of content, whatever repositories hold them.",
            examples: [
                "\(noun) upload --file ./a.iso --relative-path images/a.iso --repository r", "\(noun) list --limit 10",
                "\(noun) label set --relative-path images/a.iso --key reviewed --value yes",
            ],
            verbs: [
                ContentUpload<R, Unit>.self, ContentCreate<R, Unit>.self, UnitList<EveryUnit<R>, Unit>.self, ContentShow<Unit>.self,
                LabelNoun<UnitLabels<Unit>>.self,
            ])
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

struct ContentShow<Unit: ContentUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "show", abstract: "Show a unit.") }

    @OptionGroup var units: DerivedOptions<UnitSelection<Unit>>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            for object in try await session.objects([units.unit(in: session)]) { session.show(object) }
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
}
