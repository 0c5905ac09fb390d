import PulpCore

extension TaskFilter {
    private static let names: Set<String> = [
        "state", "state__in", "name", "name__contains", "logging_cid", "parent_task", "task_group", "worker", "reserved_resources",
        "reserved_resources__in", "exclusive_resources", "exclusive_resources__in", "shared_resources", "shared_resources__in",
        "created_resources", "limit", "offset", "fields", "exclude_fields",
    ]

    /// Reads a query string.
    /// - Throws: ``APIError`` with all parameters that are unknown, or all values that are refused.
    static func reading(_ request: APIRequest, _ hrefs: Hrefs) throws -> (TaskFilter, Page) {
        let query = request.query
        let unknown = query.items.map(\.name).filter { !names.contains($0) }
        guard unknown.isEmpty else { throw APIError.errors(unknown.map { "Invalid Filter: '\($0)'" }) }
        var problems: [(name: String, messages: [String])] = []
        func prn(_ name: String) -> String? {
            guard let text = query[name] else { return nil }
            let prn = hrefs.prn(text)
            if prn == nil { problems.append((name, ["URI not valid"])) }
            return prn
        }
        /// Names that are no resources' stand for themselves.
        func resources(_ name: String) -> Set<String>? {
            let names = query[name].map { [$0] } ?? query.list(name + "__in")
            return names.map { Set($0.map { hrefs.prn($0) ?? $0 }) }
        }
        var filter = TaskFilter()
        let states = query["state"].map { [$0] } ?? query.list("state__in")
        for state in states ?? [] where TaskState(rawValue: state) == nil {
            problems.append(("state", ["Select a valid choice. \(state) is not one of the available choices."]))
        }
        filter.states = states.map { Set($0.compactMap(TaskState.init(rawValue:))) }
        (filter.name, filter.nameContains, filter.correlationID) = (query["name"], query["name__contains"], query["logging_cid"])
        filter.parent = prn("parent_task").map { ID(prn: $0) }
        filter.group = prn("task_group").map { ID(prn: $0) }
        filter.worker = prn("worker").map { ID(prn: $0) }
        filter.createdResource = prn("created_resources")
        filter.reservedResources = resources("reserved_resources")
        filter.exclusiveResources = resources("exclusive_resources")
        filter.sharedResources = resources("shared_resources")
        guard problems.isEmpty else { throw APIError.fields(problems) }
        let page = Page(query)
        (filter.limit, filter.offset) = (page.limit, page.offset)
        return (filter, page)
    }
}
