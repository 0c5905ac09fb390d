import PulpCore

/// What a list is asked for: which resources, in which order, which part of them, and which members.
struct ListQuery: Sendable {
    /// What every list takes besides filters.
    private static let common: Set<String> = ["limit", "offset", "ordering", "fields", "exclude_fields"]

    let condition: SQL
    let order: SQL
    let page: Page
    let selection: FieldSelection

    /// Reads a query string.
    /// - Parameters:
    ///   - filters: by what the list can be narrowed down.
    ///   - columns: what it can be ordered by, and how that is called in SQL; the youngest come first otherwise.
    /// - Throws: ``APIError`` with all parameters that are unknown, or all values that are refused.
    init(_ request: APIRequest, _ filters: [ListFilter], orderedBy columns: [String: String]) throws {
        let query = request.query
        let known = Dictionary(filters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let unknown = query.items.map(\.name).filter { known[$0] == nil && !Self.common.contains($0) }
        guard unknown.isEmpty else { throw APIError.errors(unknown.map { "Invalid Filter: '\($0)'" }) }
        var conditions: [SQL] = []
        var problems: [(name: String, messages: [String])] = []
        for filter in filters {
            guard let text = query[filter.name] else { continue }
            do { conditions.append(try filter.condition(text)) } catch let error as InvalidField {
                problems.append((filter.name, [error.message]))
            }
        }
        do { order = try Self.order(query.list("ordering") ?? [], columns) } catch let error as InvalidField {
            problems.append(("ordering", [error.message]))
            order = "t.id"
        }
        guard problems.isEmpty else { throw APIError.fields(problems) }
        condition = conditions.isEmpty ? "TRUE" : conditions.map { "(\(sql: $0))" }.joined(separator: " AND ")
        page = Page(query)
        selection = FieldSelection(query)
    }

    /// Ends with the key, so that no two pages show the same.
    private static func order(_ names: [String], _ columns: [String: String]) throws -> SQL {
        var terms: [String] = []
        for name in names {
            let isDescending = name.hasPrefix("-")
            guard let column = columns[String(name.dropFirst(isDescending ? 1 : 0))] else {
                throw InvalidField("Select a valid choice. \(name) is not one of the available choices.")
            }
            terms.append(column + (isDescending ? " DESC" : ""))
        }
        return SQL(raw: (terms + ["t.id DESC"]).joined(separator: ", "))
    }
}

/// A parameter that narrows a list down.
struct ListFilter: Sendable {
    let name: String
    /// What it means for one value.
    /// - Throws: `InvalidField` in Pulp's words.
    let condition: @Sendable (String) throws -> SQL
}
