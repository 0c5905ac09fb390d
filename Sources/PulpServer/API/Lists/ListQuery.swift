import PulpCore

/// What a list is asked for: which things, in which order, which part of them, and which members.
struct ListQuery: Sendable {
    /// What every list takes besides filters.
    private static let common: Set<String> = ["limit", "offset", "ordering", "fields", "exclude_fields", "q"]

    /// The filters that are used, by their names.
    let filters: [String: String]
    let condition: SQL
    let order: SQL
    /// Whether nobody asked for another order.
    let isYoungestFirst: Bool
    let page: Page
    let selection: FieldSelection

    /// Reads a query string.
    /// - Throws: ``APIError`` with all parameters that are unknown, or all values that are refused.
    init(_ request: APIRequest, _ listing: Listing) throws {
        let query = request.query
        let known = Dictionary(listing.filters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let unknown = query.items.map(\.name).filter { known[$0] == nil && !Self.common.contains($0) }
        guard unknown.isEmpty else { throw APIError.errors(unknown.map { "Invalid Filter: '\($0)'" }) }
        var conditions: [SQL] = []
        var filters: [String: String] = [:]
        var problems: [(name: String, messages: [String])] = []
        func collect(_ name: String, _ condition: () throws -> SQL) rethrows {
            do { conditions.append(try condition()) } catch let error as InvalidField { problems.append((name, [error.message])) }
        }
        for filter in listing.filters {
            let isList = if case .list = filter.shape.kind { true } else { false }
            guard let text = isList ? query.joined(filter.name) : query[filter.name] else { continue }
            filters[filter.name] = text
            try collect(filter.name) { try filter.condition(text) }
        }
        if let text = query["q"], !text.isEmpty {
            filters["q"] = text
            try collect("q") { try FilterExpression(text).condition(known) }
        }
        self.filters = filters
        isYoungestFirst = query.list("ordering") == nil
        do { order = try Self.order(query.list("ordering") ?? [], listing) } catch let error as InvalidField {
            problems.append(("ordering", [error.message]))
            order = "TRUE"
        }
        guard problems.isEmpty else { throw APIError.fields(problems) }
        condition = conditions.isEmpty ? "TRUE" : conditions.map { "(\(sql: $0))" }.joined(separator: " AND ")
        page = Page(query)
        selection = FieldSelection(query)
    }

    /// Ends with the key, so that no two pages show the same.
    private static func order(_ names: [String], _ listing: Listing) throws -> SQL {
        var terms: [SQL] = []
        for name in names {
            let isDescending = name.hasPrefix("-")
            let bare = String(name.dropFirst(isDescending ? 1 : 0))
            guard let column = listing.order.first(where: { $0.name == bare })?.column else {
                throw InvalidField("Select a valid choice. \(name) is not one of the available choices.")
            }
            terms.append(isDescending ? column + " DESC" : column)
        }
        return (terms + [listing.key + " DESC"]).joined(separator: ", ")
    }
}
