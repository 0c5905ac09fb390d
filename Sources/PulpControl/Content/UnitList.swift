import ArgumentParser
import PulpCore

/// Which units a list begins with, before filters narrow it down.
protocol UnitScope: ParsableArguments {
    static var summary: String { get }
    /// The kinds of units there may be.
    static var kinds: [any ContentUnit.Type] { get }
    /// Whether units of all kinds are listed.
    var isOfAllKinds: Bool { get }
    func restrict(_ query: inout ContentQuery, in session: Session) async throws
}

/// `content list`: all units, unless a repository or a version is named.
struct EveryUnit<R: RepositoryKind>: UnitScope {
    static var summary: String { "List units." }
    static var kinds: [any ContentUnit.Type] { R.contents }
    var isOfAllKinds: Bool { false }

    @Option(help: ArgumentHelp("Only units of this repository.", valueName: "name or prn")) var repository: String?
    @Option(help: ArgumentHelp("Its version; the latest when not given.", valueName: "number")) var version: Int?
    @Option(help: ArgumentHelp("Only units of this version.", valueName: "prn")) var repositoryVersion: String?
    @Option(help: ArgumentHelp("Only units that this version added.", valueName: "prn")) var repositoryVersionAdded: String?
    @Option(help: ArgumentHelp("Only units that this version removed.", valueName: "prn")) var repositoryVersionRemoved: String?

    func restrict(_ query: inout ContentQuery, in session: Session) async throws {
        if let repository {
            let repository: Record<R> = try await session.pulp.named(repository)
            query.version = try await session.version(version, of: repository)
        }
        if let repositoryVersion { query.version = try await session.version(repositoryVersion) }
        if let repositoryVersionAdded { query.addedIn = try await session.version(repositoryVersionAdded) }
        if let repositoryVersionRemoved { query.removedIn = try await session.version(repositoryVersionRemoved) }
    }
}

/// `repository content list`: the units of one version.
struct UnitsOfVersion<R: RepositoryKind>: UnitScope {
    static var summary: String { "List the units of a version." }
    static var kinds: [any ContentUnit.Type] { R.contents }

    @OptionGroup var version: VersionOptions<R>
    @Flag(name: .customLong("all-types"), help: "List units of every type.") var isOfAllKinds = false

    func restrict(_ query: inout ContentQuery, in session: Session) async throws { query.version = try await version.find(in: session) }
}

/// `list` of units.
struct UnitList<Scope: UnitScope, Unit: ContentUnit>: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "list", abstract: Scope.summary) }

    @OptionGroup var scope: Scope
    @OptionGroup var units: DerivedOptions<UnitSelection<Unit>>
    @Option(help: ArgumentHelp("Only units with such labels: key, !key, key=value, …; all of several.", valueName: "expression"))
    var labelSelect: String?
    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var query: ContentQuery = try units.query()
            try await scope.restrict(&query, in: session)
            query.labels = try labelSelect.map { try LabelSelection($0, option: "--label-select") }
            var list = PagedList(session: session, page: page)
            list.begin()
            for kind in scope.isOfAllKinds ? Scope.kinds : [Unit.self] { try await list.add(kind, matching: query) }
            list.end()
        }
    }
}

/// Units, written page by page, so that a large repository does not have to fit in memory; JSON is one array all the same.
private struct PagedList {
    let session: Session
    let page: PageOptions
    private var done = 0
    private var skipped = 0

    init(session: Session, page: PageOptions) { (self.session, self.page) = (session, page) }

    func begin() { if isJSON { session.terminal.print("[") } }
    func end() { if isJSON { session.terminal.print("]") } }
    private var isJSON: Bool { session.options.json && !session.options.quiet }

    mutating func add<Unit: ContentUnit>(_ kind: Unit.Type, matching query: ContentQuery) async throws {
        if session.options.quiet { return }
        let columns = page.columns(default: Unit.schema.fields.map(\.name) + ["size"])
        let limit = page.limit ?? .max
        var hasHeading = false
        var offset = page.offset - skipped
        while done < limit {
            let size = min(1000, limit - done)
            let units = try await session.pulp.units(kind, matching: query, order: page.contentOrder, limit: size, offset: offset)
            write(page.select(try await session.objects(units)), columns, &hasHeading)
            done += units.count
            offset += units.count
            if units.count < size { break }
        }
        skipped = done > 0 ? page.offset : skipped + (try await session.pulp.unitCount(kind, matching: query))
    }

    private func write(_ objects: [JSON.Object], _ columns: [String], _ hasHeading: inout Bool) {
        guard !objects.isEmpty else { return }
        if isJSON {
            for (index, object) in objects.enumerated() {
                if done + index > 0 { session.terminal.print(",") }
                session.terminal.print(JSON.object(object).text)
            }
            return
        }
        let lines = Table(objects, columns: columns).lines(emphasize: session.terminal.bold)
        for line in hasHeading ? Array(lines.dropFirst()) : lines { session.terminal.print(line) }
        hasHeading = true
    }
}
