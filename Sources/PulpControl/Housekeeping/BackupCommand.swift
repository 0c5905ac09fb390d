import ArgumentParser
import Foundation
import PulpCore

/// `backup`: copies everything that the store keeps into a folder, while it is used.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the database, the artifacts and the key into a folder, while the store is used.",
        discussion: """
            Into a folder that has a backup already it copies what is new. One that is killed leaves the backup before, and goes on \
            from what it has copied the next time. Meanwhile orphan cleanup, reclaim and repair wait. The exit status is 1 when the \
            store lacks an artifact, or one is damaged; all others are in the backup then.

            Not in the backup: pulp.yaml and the environment, certificates and their keys, signing keys, admin-password.

            EXAMPLES:
              pulpctl backup /srv/backup/pulp
              pulpctl backup /srv/backup/pulp --without-key
              pulpctl backup /srv/backup/pulp --verify --json
            """)

    @Argument(help: "The folder: a new or an empty one, or one with a backup of this store.", completion: .directory) var directory: String
    @Flag(help: "Leave out artifacts and unfinished uploads: for a store whose bytes are saved by other means.")
    var withoutArtifacts = false
    @Flag(help: "Leave out the key of the secrets in the database: for who keeps it elsewhere.") var withoutKey = false
    @Flag(help: "Read what the folder has already, too, and replace what is damaged.") var verify = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let path = URL(filePath: directory).standardizedFileURL.path(percentEncoded: false).withoutTrailingSlash
            let result = try await session.run(
                Backup(to: path, withoutArtifacts: withoutArtifacts, withoutKey: withoutKey, verify: verify))
            let artifacts = try BackupManifest(in: path).artifacts
            let lost = (artifacts?.missing ?? []).map { ("missing", $0) } + (artifacts?.damaged ?? []).map { ("damaged", $0) }
            if !session.options.json {
                for (problem, digest) in lost { session.report("the artifact \(digest) is \(problem) in the store", [:]) }
            }
            session.report(
                """
                saved the database, \(ByteCount(result.databaseBytes)), and \(result.artifacts) artifacts, \(ByteCount(result.bytes)); \
                \(result.copied) of them are new, \(ByteCount(result.copiedBytes))
                """,
                [
                    "directory": .string(path), "database_bytes": .integer(Int(result.databaseBytes)),
                    "artifacts": .integer(result.artifacts), "bytes": .integer(Int(result.bytes)), "copied": .integer(result.copied),
                    "copied_bytes": .integer(Int(result.copiedBytes)), "upload_chunks": .integer(result.chunks),
                    "missing": .array((artifacts?.missing ?? []).map { .string($0) }),
                    "damaged": .array((artifacts?.damaged ?? []).map { .string($0) }),
                ])
            if !lost.isEmpty { throw ExitCode(1) }
        }
    }
}

extension String {
    fileprivate var withoutTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
