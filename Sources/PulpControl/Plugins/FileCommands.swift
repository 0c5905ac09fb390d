import ArgumentParser
import PulpCore
import PulpFile

/// `pulpctl file`: what the file plugin brings.
struct FileCommands: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "file", abstract: "Repositories of plain files, listed by a manifest.",
            discussion: """
                EXAMPLES:
                  pulpctl file mirror https://example.org/files/PULP_MANIFEST --at files --policy on_demand
                  pulpctl file remote create --name r --url https://example.org/files/PULP_MANIFEST
                  pulpctl file repository create --name r --remote r
                  pulpctl file repository sync --repository r
                  pulpctl file publication create --repository r
                  pulpctl file distribution create --name r --base-path files --repository r
                """,
            subcommands: [
                MirrorCommand<FileRepository>.self, RemoteNoun<FileRemote>.self, RepositoryNoun<FileRepository, FileContent>.self,
                PublicationNoun<FileRepository>.self, DistributionNoun<FileDistribution>.self,
                ContentNoun<FileRepository, FileContent>.self,
            ])
    }
}

extension FileRepository: MirroredRepository {
    typealias Outlet = FileDistribution

    /// A remote of files names the manifest; of a folder it is the usual one.
    static func remoteURL(ofFolder url: String) -> String { url + "PULP_MANIFEST" }
}
