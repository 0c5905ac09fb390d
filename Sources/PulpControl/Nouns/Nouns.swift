import ArgumentParser
import PulpCore

/// `remote`: where a plugin's repositories are fetched from.
struct RemoteNoun<R: RemoteKind>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let plugin = R.schema.plugin
        return CommandConfiguration(
            commandName: "remote", abstract: R.schema.summary,
            discussion: """
                EXAMPLES:
                  pulpctl \(plugin) remote create --name r --url https://example.org/\(plugin)/ --policy on_demand
                  pulpctl \(plugin) remote update --name r --password @secret.txt --username me
                  pulpctl \(plugin) remote list --name-contains debian
                """,
            subcommands: [
                Create<R>.self, List<R>.self, Show<R>.self, Update<R>.self, Destroy<R>.self, LabelNoun<R>.self,
            ])
    }
}

/// `repository`: a series of immutable versions.
struct RepositoryNoun<R: SynchronizedRepository, Unit: ContentUnit>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let plugin = R.schema.plugin
        return CommandConfiguration(
            commandName: "repository", abstract: R.schema.summary,
            discussion: """
                EXAMPLES:
                  pulpctl \(plugin) repository create --name r --remote r --retain-repo-versions 10
                  pulpctl \(plugin) repository sync --repository r --mirror
                  pulpctl \(plugin) repository version diff --repository r
                """,
            subcommands: [
                Create<R>.self, List<R>.self, Show<R>.self, Update<R>.self, Destroy<R>.self, LabelNoun<R>.self,
                Sync<R>.self, RepositoryContentNoun<R, Unit>.self, VersionNoun<R>.self,
            ])
    }
}

/// `publication`: a version with the metadata that makes it a repository of its kind.
struct PublicationNoun<R: PublishedRepository>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let plugin = R.schema.plugin
        return CommandConfiguration(
            commandName: "publication", abstract: R.Product.schema.summary,
            discussion: """
                EXAMPLES:
                  pulpctl \(plugin) publication create --repository r
                  pulpctl \(plugin) publication create --repository r --version 3
                """,
            subcommands: [
                PublicationCreate<R>.self, List<R.Product>.self, Show<R.Product>.self, Destroy<R.Product>.self,
            ])
    }
}

/// `distribution`: where something is served.
struct DistributionNoun<D: DistributionKind>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let plugin = D.schema.plugin
        return CommandConfiguration(
            commandName: "distribution", abstract: D.schema.summary,
            discussion: """
                EXAMPLES:
                  pulpctl \(plugin) distribution create --name d --base-path some/path --repository r
                  pulpctl \(plugin) distribution update --name d --base-path other/path
                """,
            subcommands: [
                Create<D>.self, List<D>.self, Show<D>.self, Update<D>.self, Destroy<D>.self, LabelNoun<D>.self,
            ])
    }
}
