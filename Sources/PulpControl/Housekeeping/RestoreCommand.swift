import ArgumentParser
import PulpConfiguration
import PulpCore

/// `restore`: brings a backup back into an empty store.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring a backup back into an empty store, and check the store.",
        discussion: """
            The store is the one of --data-dir and of the configuration, which must have a database of the same kind as the backup \
            (PULP_DATABASE_URL). Anything in it is a reason to refuse, and changes nothing. One that is interrupted goes on when it is \
            called again. Afterwards a line is written for each thing that is wrong, as by fsck, and the exit status is 1 then: \
            artifacts that the backup lacks are named, and repair fetches those that remotes have.

            EXAMPLES:
              pulpctl restore /srv/backup/pulp --data-dir /var/lib/pulp --dry-run
              pulpctl restore /srv/backup/pulp --data-dir /var/lib/pulp
              PULP_DATABASE_URL=postgresql://pulp@db/pulp pulpctl restore /srv/backup/pulp --no-verify
            """)

    @Argument(help: "The folder of the backup.", completion: .directory) var directory: String
    @Flag(help: "Say what would be restored, and restore nothing.") var dryRun = false
    @Flag(inversion: .prefixedNo, help: "Read all bytes again at the end and compare their digests; else only sizes.") var verify = true
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let installation = try await shared.installation()
        let restore = try Restore(from: directory, into: installation.restoreTarget)
        try await restore.verify()
        if dryRun { return plan(restore.manifest, installation) }
        try await shared.run(installation, on: restore.restoreDatabase()) { session in
            let result = try await session.showingProgress { try await restore.restoreBytes(to: session.pulp, onProgress: $0) }
            let violations = try await session.violations(verify: verify)
            report(result, violations, in: session)
            if !violations.isEmpty { throw ExitCode(1) }
        }
    }

    private func plan(_ manifest: BackupManifest, _ installation: Installation) {
        let artifacts = manifest.artifacts.map { "\($0.count) artifacts, \(ByteCount($0.bytes))" } ?? "no artifacts"
        let sentence = """
            would restore the backup of \(manifest.created.printable) into \(installation.settings.dataDirectory): the database, \
            \(ByteCount(manifest.database.size)), \(manifest.hasKey ? "the key" : "no key"), and \(artifacts)
            """
        let object: JSON.Object = [
            "dry_run": true, "backup": .string(manifest.id), "created": .string(manifest.created), "version": .string(manifest.version),
            "data_directory": .string(installation.settings.dataDirectory), "database": .string(manifest.database.kind),
            "database_bytes": .integer(Int(manifest.database.size)), "has_key": .bool(manifest.hasKey),
            "artifacts": manifest.artifacts.map { .integer($0.count) } ?? .null,
            "bytes": manifest.artifacts.map { .integer(Int($0.bytes)) } ?? .null,
        ]
        if !shared.quiet { Invocation.current.terminal.print(shared.json ? JSON.object(object).indented : sentence) }
    }

    private func report(_ result: Restore.Result, _ violations: [Violation], in session: Session) {
        if !session.options.json {
            for digest in result.missing { session.report("the artifact \(digest) is missing in the backup", [:]) }
            for digest in result.damaged { session.report("the artifact \(digest) is damaged in the backup", [:]) }
            for violation in violations { session.report("\(violation)".printable, [:]) }
            if result.missingChunks > 0 { session.report("\(result.missingChunks) chunks of uploads are not in the backup", [:]) }
            if result.lacksKey { session.report("there is no key, and nobody can read the secrets of remotes: put the key file here", [:]) }
        }
        session.report(
            """
            restored the database and \(result.artifacts) artifacts, \(ByteCount(result.bytes)); \
            \(violations.isEmpty ? "nothing is wrong" : "\(violations.count) things are wrong")
            """,
            [
                "artifacts": .integer(result.artifacts), "bytes": .integer(Int(result.bytes)),
                "missing": .array(result.missing.map { .string($0.hex) }), "damaged": .array(result.damaged.map { .string($0.hex) }),
                "lacks_key": .bool(result.lacksKey), "missing_upload_chunks": .integer(result.missingChunks),
                "violations": .array(violations.map { .string("\($0)") }),
            ])
    }
}
