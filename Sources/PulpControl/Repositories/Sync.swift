import ArgumentParser
import PulpCore

/// `repository sync`: brings a repository in line with a remote.
struct Sync<R: SynchronizedRepository>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "sync", abstract: "Bring a repository in line with a remote.",
            discussion: """
                Adds what the remote has and the repository has not. With --mirror, what the remote does not have goes. \
                Makes a new version if anything changed; the old ones stay as they are.
                """)
    }

    @OptionGroup var repository: DerivedOptions<Selection<R>>
    @Option(help: ArgumentHelp("The remote; that of the repository when not given.", valueName: "name or prn"))
    var remote: String?
    @Flag(inversion: .prefixedNo, help: "Remove what the remote does not have.")
    var mirror = false
    @Flag(inversion: .prefixedNo, help: "Do nothing when nothing changed since the last sync.")
    var optimize = true
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let repository = try await repository.find(in: session.pulp)
            guard let source = remote ?? repository.value.repository.remote?.prn else {
                throw PulpError(.invalid, "\(repository.value.repository.name) has no remote: name one with --remote")
            }
            let remote: Record<R.Source> = try await session.pulp.named(source)
            let version = try await session.run(
                R.synchronization(of: repository.id, from: remote.id, mirror: mirror, optimize: optimize))
            try await session.report(version, of: repository)
        }
    }
}
