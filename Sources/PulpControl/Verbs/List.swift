import ArgumentParser
import PulpCore

/// `list`: the resources of a kind or of all kinds, filtered by the fields that offer lookups.
struct List<L: Listing>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "List what there is.")
    }

    @OptionGroup var filters: DerivedOptions<Filters<L>>
    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let conditions = try await filters.conditions(session)
            let kinds = L.kinds(in: session.pulp)
            var objects: [JSON.Object] = []
            for kind in kinds {
                let all = try await session.objects(kind, showingKind: L.showsKind)
                objects += all.filter { object in conditions.allSatisfy { $0(object) } }
            }
            if let unit = filters.text(Filters<L>.content.key) { objects = try await session.publications(objects, with: unit) }
            objects = page.apply(to: objects)
            if !session.options.json {
                for kind in kinds { objects = try await session.named(objects, kind) }
            }
            session.list(page.select(objects), columns: page.columns(default: Self.columns))
        }
    }

    /// What can be looked for is worth a column; so is what tells where a distribution is.
    private static var columns: [String] {
        let fields = L.fields.filter { !$0.lookups.isEmpty && $0.name != "pulp_labels" }.map(\.name)
        let own =
            switch L.table {
            case .distribution: fields + ["base_url"]
            case .repository: fields + ["latest_version"]
            case .publication: ["prn", "pulp_created", "repository"] + fields
            default: fields
            }
        return L.showsKind ? ["pulp_type"] + own : own
    }
}

extension Session {
    fileprivate func objects<R: Resource>(_ kind: R.Type, showingKind: Bool) async throws -> [JSON.Object] {
        var objects: [JSON.Object] = []
        for record in try await pulp.list(kind) {
            var object = try await object(record)
            if showingKind { object["pulp_type"] = .string(R.schema.type) }
            objects.append(object)
        }
        return objects
    }

    /// Those of the publications whose version holds a unit.
    fileprivate func publications(_ objects: [JSON.Object], with unit: String) async throws -> [JSON.Object] {
        var found: [JSON.Object] = []
        for object in objects {
            guard let version = object["repository_version"]?.stringValue else { continue }
            if try await holds(self.version(version), unit) { found.append(object) }
        }
        return found
    }
}
