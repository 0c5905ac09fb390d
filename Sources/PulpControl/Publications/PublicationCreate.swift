import ArgumentParser
import PulpCore

/// The options that say what a publication is to be: its fields, but for its version.
enum PublicationOptions<P: PublicationKind>: OptionSource {
    static var options: [DerivedOption] {
        // What is not given comes from the repository, which no help can tell.
        Creation<P>.options.filter { $0.key != "repository_version" }
    }
}

/// `publication create`: publishes a version of a repository.
struct PublicationCreate<R: PublishedRepository>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "create", abstract: "Publish a version of a repository.")
    }

    @OptionGroup var repository: DerivedOptions<NounSelection<R>>
    @Option(help: ArgumentHelp("The version; the latest when not given.", valueName: "number")) var version: Int?
    @OptionGroup var fields: DerivedOptions<PublicationOptions<R.Product>>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let repository = try await repository.find(in: session.pulp)
            var publication = R.defaultPublication(of: repository.value)
            let body = try await R.Product.schema.body(of: fields.given, read: session.read, resolve: session.resolve)
            try R.Product.schema.apply(body, to: &publication, .create)
            let id = try await session.run(R.publishing(of: repository.id, version: version, as: publication))
            try await session.show(session.object(session.pulp.get(id)))
        }
    }
}
