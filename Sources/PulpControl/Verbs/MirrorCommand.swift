import ArgumentParser
import Foundation
import PulpCore

/// `mirror`: everything from a URL to a served repository, in one step that can be repeated.
struct MirrorCommand<R: MirroredRepository>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        let plugin = R.schema.plugin
        return CommandConfiguration(
            commandName: "mirror", abstract: "Mirror a repository and serve it, in one step that can be repeated.",
            discussion: """
                Makes or reuses a remote, a repository and a distribution of one name, fetches, publishes and distributes. \
                Run it again to bring the mirror up to date.

                EXAMPLES:
                  pulpctl \(plugin) mirror https://example.org/\(plugin)/ --at mirrors/\(plugin)
                  pulpctl \(plugin) mirror https://example.org/\(plugin)/ --at mirrors/\(plugin) --policy on_demand
                  PULP_ALLOWED_IMPORT_PATHS=/srv pulpctl \(plugin) mirror /srv/\(plugin) --at mirrors/\(plugin)
                """)
    }

    @Argument(help: "Where the repository is: a URL, or a folder of this machine below PULP_ALLOWED_IMPORT_PATHS.", completion: .directory)
    var url: String
    @Option(name: .customLong("at"), help: ArgumentHelp("The path below which it is served.", valueName: "base path"))
    var basePath: String
    @Option(help: "The name of the remote, the repository and the distribution (default: the base path).")
    var name: String?
    @Option(
        help: ArgumentHelp(
            "When files are downloaded (values: immediate, on_demand, streamed; default: that of the remote, immediate for a new one)",
            valueName: "policy"),
        completion: .list(DownloadPolicy.allCases.map(\.rawValue)))
    var policy: String?
    @Flag(help: "Keep what the remote does not have any more.")
    var additive = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        var chosen: DownloadPolicy?
        if let policy {
            do { chosen = try DownloadPolicy(json: .string(policy)) } catch {
                throw PulpCore.ValidationError("policy", error.message)
            }
        }
        let policy = chosen
        try await shared.run(.make) { session in
            let mirroring = Mirroring<R>(
                session: session, name: name ?? basePath,
                url: try MirrorSource(url).remoteURL(R.remoteURL(ofFolder:), allowed: session.pulp.settings.allowedImportPaths),
                basePath: basePath, policy: policy, isAdditive: additive)
            report(try await mirroring.run(), session)
        }
    }

    private func report(_ outcome: Mirroring<R>.Outcome, _ session: Session) {
        let url = session.baseURL(of: outcome.distribution.value.distribution.basePath)
        let (added, removed, present) = outcome.counts
        let change =
            outcome.isNew
            ? "version \(outcome.version.number): \(added) added, \(removed) removed, \(present) present; "
                + "\(ByteCount(Int64(outcome.downloadedBytes))) downloaded"
            : "version \(outcome.version.number): nothing changed, \(present) present"
        session.report(
            "\(change)\n\(url)",
            [
                "name": .string(outcome.distribution.value.distribution.name), "url": .string(url),
                "number": .integer(outcome.version.number), "changed": .bool(outcome.isNew), "added": .integer(added),
                "removed": .integer(removed), "present": .integer(present),
                "downloaded_bytes": .integer(outcome.downloadedBytes), "repository_version": .string(outcome.version.id.prn),
                "distribution": .string(outcome.distribution.id.prn),
            ])
    }
}

/// What somebody named as the source of a mirror: a URL, or a path of this machine.
struct MirrorSource {
    private let text: String

    init(_ text: String) { self.text = text }

    /// The URL for the remote.
    /// - Parameters:
    ///   - ofFolder: makes the URL of a folder, which ends in a slash, a remote's.
    ///   - allowed: the folders that `file` URLs may be below.
    /// - Throws: ``PulpError`` for a path that nothing is at, or that is not below an allowed folder.
    func remoteURL(_ ofFolder: (String) -> String, allowed: [String]) throws -> String {
        if text.contains("://") {
            if let url = try? RemoteURL(text), url.scheme == .file {  // What is no URL, the remote's own check refuses.
                return try fileURL(url.path, ofFolder, allowed)
            }
            return text.hasSuffix("/") ? ofFolder(text) : text
        }
        let path = URL(filePath: text).standardizedFileURL.path(percentEncoded: false)
        return try fileURL(path, ofFolder, allowed)
    }

    private func fileURL(_ path: String, _ ofFolder: (String) -> String, _ allowed: [String]) throws -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw PulpError(.notFound, "there is no file or folder \(path)")
        }
        var folder = isDirectory.boolValue ? path : URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let isAllowed = allowed.contains { path in
            let bare = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
            return bare == "/" || folder == bare || folder.hasPrefix(bare + "/")
        }
        guard isAllowed else {
            throw PulpError(
                .urlScheme,
                "\(folder) is not below a folder that PULP_ALLOWED_IMPORT_PATHS names; allow it with PULP_ALLOWED_IMPORT_PATHS=\(folder)")
        }
        let url = URL(filePath: path, directoryHint: isDirectory.boolValue ? .isDirectory : .notDirectory).absoluteString
        return isDirectory.boolValue ? ofFolder(url) : url
    }
}
