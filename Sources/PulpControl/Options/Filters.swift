import PulpCore

/// What a list is of: the resources of one kind, or those of all kinds of a table.
protocol Listing: Sendable {
    static var table: ResourceTable { get }
    /// What can be looked for.
    static var fields: [ListedField] { get }
    static func kinds(in pulp: Pulp) -> [any Resource.Type]
    /// Whether what is listed tells its kind.
    static var showsKind: Bool { get }
}

/// The resources of one kind.
enum OneKind<R: Resource>: Listing {
    static var table: ResourceTable { R.schema.table }
    static var fields: [ListedField] { R.schema.fields.map { ListedField($0) } }
    static func kinds(in pulp: Pulp) -> [any Resource.Type] { [R.self] }
    static var showsKind: Bool { false }
}

extension Listing {
    static func kinds(in pulp: Pulp) -> [any Resource.Type] { pulp.kinds.filter { $0.resourceTable == table } }
    static var showsKind: Bool { true }
}

enum AllRemotes: Listing {
    static let table = ResourceTable.remote
    static let fields = RemoteSettings.fields.map { ListedField($0) }
}

enum AllRepositories: Listing {
    static let table = ResourceTable.repository
    static let fields = RepositorySettings.fields.map { ListedField($0) }
}

enum AllPublications: Listing {
    static let table = ResourceTable.publication
    static let fields = PublicationSettings.fields.map { ListedField($0) }
}

enum AllDistributions: Listing {
    static let table = ResourceTable.distribution
    static let fields = DistributionSettings.fields.map { ListedField($0) }
}

enum AllContentGuards: Listing {
    static let table = ResourceTable.contentGuard
    static let fields = ContentGuardSettings.fields.map { ListedField($0) }
}

/// A member of listed objects that can be looked for.
struct ListedField: Sendable {
    let name: String
    /// What the member is called in options.
    let option: String
    let lookups: [Condition.Lookup]
    let type: FieldType

    init<R>(_ field: Field<R>) {
        (name, type) = (field.name, field.type)
        let isLabels = field.type.unwrapped == .labels
        option = isLabels ? "label" : FieldOption(field).option
        lookups = isLabels ? [.select] : Condition.Lookup.allCases.filter { field.lookups.names.contains($0.rawValue) }
    }

    private init(_ name: String, option: String, _ lookups: [Condition.Lookup], _ type: FieldType) {
        (self.name, self.option, self.lookups, self.type) = (name, option, lookups, type)
    }

    /// What every resource has besides its fields.
    static let dates = [
        ListedField("pulp_created", option: "created", [.after, .before], .timestamp),
        ListedField("pulp_last_updated", option: "updated", [.after, .before], .timestamp),
    ]
    /// Whose version a publication publishes.
    static let repository = ListedField("repository", option: "repository", [.exact], .reference(.repository))

    var options: [DerivedOption] {
        lookups.map { lookup in
            let name = option + (lookup == .exact ? "" : "-\(lookup.rawValue)")
            return DerivedOption(
                Condition(field: self.name, lookup: lookup).key, names: [name], .text(isRequired: false), lookup.help(of: option),
                placeholder: lookup.placeholder, choices: lookup == .exact ? choices : [])
        }
    }

    private var choices: [String] {
        switch type.unwrapped {
        case .choice(let values): values
        case .boolean: ["true", "false"]
        default: []
        }
    }
}

/// The options that narrow a list down: one for each lookup of each field.
enum Filters<L: Listing>: OptionSource {
    static var options: [DerivedOption] { fields.flatMap(\.options) + (L.table == .publication ? [content] : []) }

    fileprivate static var fields: [ListedField] {
        L.fields + ListedField.dates + (L.table == .publication ? [.repository] : [])
    }

    /// The option for the unit that what is listed must hold.
    static var content: DerivedOption {
        DerivedOption("content", names: ["content"], .text(isRequired: false), "Only with this unit of content.", placeholder: "prn")
    }
}

extension DerivedOptions {
    /// The conditions that the options of ``Filters`` set; all must hold.
    func conditions<L: Listing>(_ session: Session) async throws -> [(JSON.Object) -> Bool] where Source == Filters<L> {
        var conditions: [(JSON.Object) -> Bool] = []
        for (key, given) in given where key != Source.content.key {
            guard case .text(var text) = given, var condition = Condition(key: key) else { continue }
            if case .reference(let table)? = Source.fields.first(where: { $0.name == condition.field })?.type.unwrapped, text != "null" {
                text = try await session.resolve(table, text)
            }
            condition.text = text
            let option = Source.options.first { $0.key == key }?.names.first ?? key
            conditions.append(try condition.predicate(of: "--\(option)"))
        }
        return conditions
    }
}
