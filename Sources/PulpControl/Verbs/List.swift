import ArgumentParser
import PulpCore

/// `list`: the resources of a kind, filtered by the fields that offer lookups.
struct List<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "List what there is.")
    }

    @OptionGroup var filters: DerivedOptions<Filters<R>>
    @OptionGroup var page: PageOptions
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let conditions = try await conditions(session)
            var objects: [JSON.Object] = []
            for record in try await session.pulp.list(R.self) {
                let object = try await session.object(record)
                if conditions.allSatisfy({ $0.holds(for: object) }) { objects.append(object) }
            }
            objects = page.apply(to: objects)
            guard !session.options.json else { return session.list(page.select(objects), columns: []) }
            session.list(try await session.named(objects, R.self), columns: page.columns(default: Self.columns))
        }
    }

    /// What can be looked for is worth a column; so is what tells where a distribution is.
    static var columns: [String] {
        let fields = R.schema.fields.filter { $0.lookups != .none }.map(\.name)
        return switch R.schema.table {
        case .distribution: fields + ["base_url"]
        case .repository: fields + ["latest_version"]
        case .publication: ["prn", "pulp_created", "repository"] + fields
        default: fields
        }
    }

    private func conditions(_ session: Session) async throws -> [Condition] {
        var conditions: [Condition] = []
        for (key, given) in filters.given {
            guard case .text(var text) = given, var condition = Condition(key: key) else { continue }
            if case .reference(let table)? = R.schema.fields.first(where: { $0.name == condition.field })?.type.unwrapped {
                text = try await session.resolve(table, text)
            }
            condition.text = text
            conditions.append(condition)
        }
        return conditions
    }
}

/// Which of the resources that were found are listed, in what order, and with which fields.
struct PageOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("List at most so many.", valueName: "number")) var limit: Int?
    @Option(help: ArgumentHelp("Leave out so many at the beginning.", valueName: "number")) var offset = 0
    @Option(help: ArgumentHelp("Order by a field; descending with a dash before it.", valueName: "field")) var ordering: String?
    @Option(name: .customLong("field"), help: ArgumentHelp("Show this field; may be repeated.", valueName: "field"))
    var fields: [String] = []
    @Option(name: .customLong("exclude-field"), help: ArgumentHelp("Do not show this field; may be repeated.", valueName: "field"))
    var excluded: [String] = []

    init() {}

    func validate() throws {
        if let limit, limit < 0 { throw ArgumentParser.ValidationError("--limit must not be negative") }
        if offset < 0 { throw ArgumentParser.ValidationError("--offset must not be negative") }
    }

    func apply(to objects: [JSON.Object]) -> [JSON.Object] {
        var objects = objects
        if let ordering {
            let isDescending = ordering.hasPrefix("-")
            let field = isDescending ? String(ordering.dropFirst()) : ordering
            // Equal ones keep their order.
            let sorted = objects.enumerated().sorted { left, right in
                let (first, second) = (left.element[field]?.sortKey ?? .nothing, right.element[field]?.sortKey ?? .nothing)
                if first == second { return left.offset < right.offset }
                return isDescending ? second < first : first < second
            }
            objects = sorted.map(\.element)
        }
        return Array(objects.dropFirst(offset).prefix(limit ?? .max))
    }

    /// The objects with the members that are to be seen.
    func select(_ objects: [JSON.Object]) -> [JSON.Object] {
        if fields.isEmpty, excluded.isEmpty { return objects }
        return objects.map { object in
            JSON.Object(object.filter { (fields.isEmpty || fields.contains($0.name)) && !excluded.contains($0.name) })
        }
    }

    func columns(default columns: [String]) -> [String] {
        (fields.isEmpty ? columns : fields).filter { !excluded.contains($0) }
    }
}

private enum SortKey: Comparable {
    case nothing
    case number(Double)
    case text(String)
}

extension JSON {
    fileprivate var sortKey: SortKey {
        switch self {
        case .null: .nothing
        case .bool(let flag): .number(flag ? 1 : 0)
        case .integer(let number): .number(Double(number))
        case .number(let number): .number(number)
        default: .text(readable)
        }
    }
}
