import ArgumentParser
import PulpCore

/// `artifact`: bytes, known by their digests.
struct ArtifactNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "artifact", "Bytes, known by their digests; stored once.",
        examples: ["artifact upload --file ./a.iso", "artifact list --ordering=-size --limit 10"],
        verbs: [ArtifactList.self, ArtifactShow.self, ArtifactUpload.self])
}

/// The options that name digests: one for each algorithm.
enum DigestOptions: OptionSource {
    static var options: [DerivedOption] {
        DigestAlgorithm.allCases.map { algorithm in
            DerivedOption(
                algorithm.rawValue, names: [algorithm.rawValue], .text(isRequired: false), "Its \(algorithm.rawValue) digest.",
                placeholder: "hex")
        }
    }
}

extension DerivedOptions<DigestOptions> {
    /// The digests that were given.
    var digests: Digests {
        get throws {
            var claims: [DigestAlgorithm: String] = [:]
            for algorithm in DigestAlgorithm.allCases { claims[algorithm] = text(algorithm.rawValue) }
            do { return try Digests(claimed: claims) } catch { throw PulpError(.invalid, "\(error)") }
        }
    }
}

struct ArtifactList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List artifacts.")

    @OptionGroup var digests: DerivedOptions<DigestOptions>
    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let digests = try digests.digests
            let objects =
                if page.ordering == nil {
                    try await session.pulp.artifacts.list(matching: digests, limit: page.limit ?? .max, offset: page.offset)
                        .map(session.object)
                } else {
                    page.apply(to: try await session.pulp.artifacts.list(matching: digests).map(session.object))
                }
            session.list(page.select(objects), columns: page.columns(default: ["sha256", "size", "pulp_created"]))
        }
    }
}

struct ArtifactShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show an artifact.")

    @OptionGroup var digests: DerivedOptions<DigestOptions>
    @Option(name: [.customLong("prn"), .customLong("href")], help: ArgumentHelp("Its PRN or href.", valueName: "prn")) var prn: String?
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if digests.given.isEmpty == (prn == nil) { throw ArgumentParser.ValidationError("say which artifact: --sha256 or --prn") }
    }

    func run() async throws {
        try await shared.run { session in
            let found: Artifact? =
                if let prn {
                    try await session.pulp.artifacts.find(ID<Artifact>(prn: prn.split(separator: "/").last.map(String.init) ?? ""))
                } else {
                    try await session.pulp.artifacts.list(matching: digests.digests, limit: 1).first
                }
            let named = prn ?? digests.given.keys.sorted().compactMap(digests.text).joined(separator: ", ")
            guard let found else { throw PulpError(.notFound, "there is no artifact \(named)") }
            session.show(session.object(found))
        }
    }
}

struct ArtifactUpload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "upload", abstract: "Add a file as an artifact.")

    @Option(help: ArgumentHelp("The file.", valueName: "path"), completion: .file()) var file: String
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run(.make) { session in session.show(session.object(try await session.pulp.artifacts.add(fileAt: file))) }
    }
}
