import ArgumentParser
import PulpCore

/// Which artifacts a repair looks at.
protocol RepairScope: ParsableArguments {
    /// What they are, in the help.
    static var summary: String { get }
    func run(verifyChecksums: Bool, in session: Session) async throws -> RepairResult
}

/// `repair`: all artifacts.
struct EveryArtifact: RepairScope {
    static let summary = "all artifacts"

    func run(verifyChecksums: Bool, in session: Session) async throws -> RepairResult {
        try await session.run(RepairAllArtifacts(verifyChecksums: verifyChecksums))
    }
}

/// `repository version repair`: the artifacts of one version.
extension VersionOptions: RepairScope {
    static var summary: String { "the artifacts of a version" }

    func run(verifyChecksums: Bool, in session: Session) async throws -> RepairResult {
        try await session.run(RepairVersion(find(in: session), verifyChecksums: verifyChecksums))
    }
}

/// `repair`: looks at artifacts, and fetches again what is gone or damaged.
struct RepairCommand<Scope: RepairScope>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "repair", abstract: "Look at \(Scope.summary), and fetch again what is gone or damaged.",
            discussion: "The exit status is 1 when something could not be repaired.")
    }

    @OptionGroup var scope: Scope
    @Flag(inversion: .prefixedNo, help: "Read all bytes and compare their digests; else only sizes.") var verifyChecksums = true
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let result = try await scope.run(verifyChecksums: verifyChecksums, in: session)
            session.report(
                "\(result.missing) missing, \(result.corrupted) damaged, \(result.repaired) repaired",
                ["missing": .integer(result.missing), "corrupted": .integer(result.corrupted), "repaired": .integer(result.repaired)])
            if result.missing + result.corrupted > result.repaired { throw ExitCode(1) }
        }
    }
}
