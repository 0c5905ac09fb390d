import ArgumentParser
import PulpCore

/// `artifact`: bytes, known by their digests.
struct ArtifactNoun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact", abstract: "Bytes, known by their digests; stored once.",
        discussion: """
            EXAMPLES:
              pulpctl artifact upload --file ./a.iso
              pulpctl artifact list --limit 10
            """,
        subcommands: [ArtifactList.self, ArtifactShow.self, ArtifactUpload.self])
}

struct ArtifactList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List artifacts.")

    @Option(help: ArgumentHelp("Only the artifact with this digest.", valueName: "hex")) var sha256: String?
    @Option(help: ArgumentHelp("List at most so many.", valueName: "number")) var limit: Int?
    @Option(help: ArgumentHelp("Leave out so many at the beginning.", valueName: "number")) var offset = 0
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let artifacts: [Artifact]
            if let sha256 {
                artifacts = [try await session.pulp.artifacts.find(try SHA256Digest(argument: sha256))].compactMap { $0 }
            } else {
                artifacts = try await session.pulp.artifacts.list(limit: max(0, limit ?? .max), offset: max(0, offset))
            }
            session.list(artifacts.map(session.object), columns: ["sha256", "size", "pulp_created"])
        }
    }
}

struct ArtifactShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show an artifact.")

    @Option(help: ArgumentHelp("Its digest.", valueName: "hex")) var sha256: String?
    @Option(name: [.customLong("prn"), .customLong("href")], help: ArgumentHelp("Its PRN or href.", valueName: "prn")) var prn: String?
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if (sha256 == nil) == (prn == nil) { throw ArgumentParser.ValidationError("say which artifact: --sha256 or --prn") }
    }

    func run() async throws {
        try await shared.run { session in
            let found: Artifact? =
                if let sha256 {
                    try await session.pulp.artifacts.find(try SHA256Digest(argument: sha256))
                } else {
                    try await session.pulp.artifacts.find(ID<Artifact>(prn: (prn ?? "").split(separator: "/").last.map(String.init) ?? ""))
                }
            guard let found else { throw PulpError(.notFound, "there is no artifact \(sha256 ?? prn ?? "")") }
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

extension SHA256Digest {
    /// Reads a digest that somebody typed.
    init(argument text: String) throws(PulpError) {
        do { try self.init(hex: text) } catch { throw PulpError(.invalid, "\(text.debugDescription): \(error.message)") }
    }
}
