import ArgumentParser
import PulpCore

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
        if let (field, isDescending) = order {
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

    /// The field to order by, and whether the last comes first.
    var order: (field: String, isDescending: Bool)? {
        ordering.map { $0.hasPrefix("-") ? (String($0.dropFirst()), true) : ($0, false) }
    }

    /// The same for units, which the database puts in order.
    var contentOrder: ContentOrder { ContentOrder(by: order?.field, isDescending: order?.isDescending ?? false) }

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
