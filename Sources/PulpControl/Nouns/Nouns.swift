import ArgumentParser
import PulpCore

/// `remote`: where a plugin's repositories are fetched from.
struct RemoteNoun<R: RemoteKind>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let noun = "\(R.schema.plugin) remote"
        return .noun(
            "remote", R.schema.summary,
            examples: [
                "\(noun) create --name r --url https://example.org/\(R.schema.plugin)/ --policy on_demand",
                "\(noun) update --name r --password @secret.txt --username me",
                "\(noun) list --name-contains debian --label-select env=prod,!old",
            ],
            verbs: editing(R.self))
    }
}

/// `repository`: a series of immutable versions.
struct RepositoryNoun<R: SynchronizedRepository, Unit: ContentUnit>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let noun = "\(R.schema.plugin) repository"
        return .noun(
            "repository", R.schema.summary,
            examples: [
                "\(noun) create --name r --remote r --retain-repo-versions 10", "\(noun) sync --repository r --mirror",
                "\(noun) version diff --repository r", "\(noun) task list --repository r --state failed",
            ],
            verbs: editing(R.self)
                + [Sync<R>.self, RepositoryContentNoun<R, Unit>.self, VersionNoun<R>.self, RepositoryTaskNoun<R>.self])
    }
}

/// `publication`: a version with the metadata that makes it a repository of its kind.
struct PublicationNoun<R: PublishedRepository>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let noun = "\(R.schema.plugin) publication"
        return .noun(
            "publication", R.Product.schema.summary,
            examples: ["\(noun) create --repository r", "\(noun) create --repository r --version 3", "\(noun) list --repository r"],
            verbs: [PublicationCreate<R>.self, List<OneKind<R.Product>>.self, Show<R.Product>.self, Destroy<R.Product>.self])
    }
}

/// `distribution`: where something is served.
struct DistributionNoun<D: DistributionKind>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let noun = "\(D.schema.plugin) distribution"
        return .noun(
            "distribution", D.schema.summary,
            examples: [
                "\(noun) create --name d --base-path some/path --repository r", "\(noun) update --name d --base-path other/path",
            ],
            verbs: editing(D.self))
    }
}

/// The verbs of everything that is made, changed and deleted by its name.
private func editing<R: Resource>(_ kind: R.Type) -> [any ParsableCommand.Type] {
    [
        Create<R>.self, List<OneKind<R>>.self, Show<R>.self, Update<R>.self, Destroy<R>.self, LabelNoun<ResourceLabels<R>>.self,
    ]
}

/// `remote`, `publication` and `distribution` of all kinds.
struct AllNoun<L: Listing>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let noun = L.table.noun
        return .noun(noun, "The \(noun)s of all kinds.", verbs: [List<L>.self])
    }
}
