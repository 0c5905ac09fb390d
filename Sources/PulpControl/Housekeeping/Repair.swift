import ArgumentParser
import PulpCore

/// `repair`: looks at all artifacts, and fetches again what is gone or damaged.
struct RepairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair", abstract: "Look at all artifacts, and fetch again what is gone or damaged.",
        discussion: "The exit status is 1 when something could not be repaired.")

    @OptionGroup var depth: RepairOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            try session.report(try await session.run(RepairAllArtifacts(verifyChecksums: depth.verifyChecksums)))
        }
    }
}

/// `repository version repair`: the same for the artifacts of one version.
struct VersionRepair<R: RepositoryKind>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "repair", abstract: "Look at the artifacts of a version, and fetch again what is gone or damaged.",
            discussion: "The exit status is 1 when something could not be repaired.")
    }

    @OptionGroup var repository: RepositoryOptions<R>
    @Option(help: ArgumentHelp("Its number; the latest when not given.", valueName: "number")) var version: Int?
    @OptionGroup var depth: RepairOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let version = try await session.version(version, of: repository.find(in: session))
            try session.report(try await session.run(RepairVersion(version, verifyChecksums: depth.verifyChecksums)))
        }
    }
}

/// How closely a repair looks.
struct RepairOptions: ParsableArguments, Sendable {
    @Flag(inversion: .prefixedNo, help: "Read all bytes and compare their digests; else only sizes.")
    var verifyChecksums = true

    init() {}
}

extension Session {
    /// - Throws: `ExitCode` when something is still broken.
    fileprivate func report(_ result: RepairResult) throws {
        report(
            "\(result.missing) missing, \(result.corrupted) damaged, \(result.repaired) repaired",
            ["missing": .integer(result.missing), "corrupted": .integer(result.corrupted), "repaired": .integer(result.repaired)])
        if result.missing + result.corrupted > result.repaired { throw ExitCode(1) }
    }
}
