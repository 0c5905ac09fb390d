import ArgumentParser
import PulpCore

/// `orphan`: content and artifacts that nothing uses.
struct OrphanNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "orphan", "Content and artifacts that nothing uses.",
        examples: ["orphan cleanup --protection-time 0 --dry-run"], verbs: [OrphanCleanupCommand.self])
}

struct OrphanCleanupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cleanup", abstract: "Delete what no version and no publication uses.")

    @Option(help: ArgumentHelp("Keep what was used within so many minutes (default: PULP_ORPHAN_PROTECTION_TIME)", valueName: "minutes"))
    var protectionTime: Int?
    @Option(
        name: [.customLong("content-hrefs"), .customLong("content")],
        help: ArgumentHelp("Only these units: a JSON list of PRNs or hrefs, or @path of a file with one.", valueName: "json or @path"))
    var content: String?
    @Flag(help: "Say what would be deleted, and delete nothing.") var dryRun = false
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if let protectionTime, !(0...1 << 32).contains(protectionTime) {
            throw ArgumentParser.ValidationError("--protection-time must be a number of minutes, 0 or more")
        }
    }

    func run() async throws {
        try await shared.run { session in
            let units = try content.map { try session.contentIDs($0, "--content-hrefs") }
            let result = try await session.run(OrphanCleanup(protectionTime: protectionTime, contentIDs: units, dryRun: dryRun))
            session.report(
                "\(dryRun ? "would delete" : "deleted") \(result.content) units and \(result.artifacts) artifacts, \(ByteCount(result.bytes))",
                [
                    "content": .integer(result.content), "artifacts": .integer(result.artifacts),
                    "bytes": .integer(Int(result.bytes)), "dry_run": .bool(dryRun),
                ])
        }
    }
}

/// `reclaim`: gives back the space of files that can be fetched again.
struct ReclaimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reclaim", abstract: "Give back the space of files that can be fetched again.",
        discussion: "Files stay where their bytes have no other source, or where another repository needs them.")

    @Option(help: ArgumentHelp("A repository; may be repeated.", valueName: "name or prn")) var repository: [String] = []
    @Flag(help: "All repositories.") var all = false
    @Option(help: ArgumentHelp("A version whose files stay; may be repeated.", valueName: "prn")) var keepVersion: [String] = []
    @Flag(help: "Say what would be freed, and free nothing.") var dryRun = false
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if all == !repository.isEmpty { throw ArgumentParser.ValidationError("say which repositories: --repository or --all") }
    }

    func run() async throws {
        try await shared.run { session in
            var repositories: [ID<Repository>] = []
            if all {
                for kind in session.pulp.plugins.flatMap(\.repositories) { repositories += try await session.ids(of: kind) }
            } else {
                for name in repository { repositories.append(ID(prn: try await session.resolve(.repository, name))) }
            }
            var kept: [ID<RepositoryVersion>] = []
            for version in keepVersion { kept.append(try await session.version(version).id) }
            let result = try await session.run(ReclaimSpace(repositories: repositories, keepVersions: kept, dryRun: dryRun))
            session.report(
                "\(dryRun ? "would reclaim" : "reclaimed") \(ByteCount(result.bytes)) of \(result.artifacts) artifacts",
                ["artifacts": .integer(result.artifacts), "bytes": .integer(Int(result.bytes)), "dry_run": .bool(dryRun)])
        }
    }
}

extension Session {
    fileprivate func ids<R: RepositoryKind>(of kind: R.Type) async throws -> [ID<Repository>] {
        try await pulp.list(kind).map { $0.id.cast() }
    }

    /// The units in a JSON list that an option names, or in a file that it names with `@`.
    fileprivate func contentIDs(_ text: String, _ option: String) throws -> [ID<Content>] {
        try list(text, option, of: "PRNs or hrefs").map { element in
            guard let text = element.stringValue, let uuid = text.split(whereSeparator: { $0 == "/" || $0 == ":" }).last else {
                throw PulpError(.invalid, "\(option) expects a JSON list of PRNs or hrefs")
            }
            return ID(prn: text.hasPrefix("prn:") ? text : "prn:core.content:\(uuid)")
        }
    }
}

/// `fsck`: reads the whole store and names everything that must not be.
struct FsckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck", abstract: "Check the whole store; a line for each violation.",
        discussion: "Changes nothing. The exit status is 1 when something is wrong.")

    @Flag(help: "Read all bytes and compare their digests.") var verify = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let isPlain = !session.options.json && !session.options.quiet
            let terminal = session.terminal
            if isPlain {
                var check = session.pulp.integrityCheck
                check.verifiesChecksums = verify
                let count = try await check.run { terminal.print("\($0)".printable) }
                if count == 0 { terminal.print("nothing is wrong") } else { throw ExitCode(1) }
                return
            }
            let found = try await session.violations(verify: verify)
            session.show(["violations": .array(found.map { .string("\($0)") })])
            if !found.isEmpty { throw ExitCode(1) }
        }
    }
}

/// A number of bytes, for people.
struct ByteCount: CustomStringConvertible {
    private let bytes: Int64
    init(_ bytes: Int64) { self.bytes = bytes }

    var description: String {
        var (value, unit) = (Double(bytes), 0)
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        if unit == 0 { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
