import ArgumentParser
import PulpCore

/// `repository`: repositories of all kinds.
struct RepositoriesNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "repository", "Repositories of all kinds.", verbs: [List<AllRepositories>.self, ReclaimCommand.self])
}

/// `status`: what there is, and whether anybody works on it.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show the state of the store.")

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let plugins = session.pulp.plugins.map { ["component": .string($0.name), "version": .string($0.version)] as JSON }
            var counts = JSON.Object()
            for kind in session.pulp.kinds {
                counts[kind.noun] = .integer((counts[kind.noun]?.number ?? 0) + (try await session.count(kind)))
            }
            var object: JSON.Object = [
                "version": .string(Pulp.version), "plugins": .array(plugins),
                "data_directory": .string(session.pulp.settings.dataDirectory),
                "content_origin": .string(session.pulp.settings.contentOrigin),
                "content_path_prefix": .string(session.pulp.settings.contentPathPrefix),
            ]
            for member in counts { object[member.name] = member.value }
            session.show(object)
        }
    }
}

extension Resource {
    fileprivate static var noun: String {
        let noun = schema.table.noun
        return noun.hasSuffix("y") ? noun.dropLast() + "ies" : noun + "s"
    }
}

extension JSON {
    fileprivate var number: Int? {
        if case .integer(let number) = self { number } else { nil }
    }
}

extension Session {
    fileprivate func count<R: Resource>(_ kind: R.Type) async throws -> Int { try await pulp.list(kind).count }
}
