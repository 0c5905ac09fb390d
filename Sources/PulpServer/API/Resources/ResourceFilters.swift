import PulpCore

extension Hrefs {
    /// The filters of a list of resources: those of the fields, and those that every list of the table has.
    func filters<Root>(_ fields: [Field<Root>], of table: ResourceTable) -> [ListFilter] {
        let dates: [FieldFilter] =
            switch table {
            case .remote: FieldFilter.updated
            case .publication: FieldFilter.created
            default: []
            }
        var filters = (fields.flatMap(\.filters) + dates).map(filter)
        filters += [
            ListFilter(name: "pulp_id__in") { text in "t.prn \(in: try self.prns(ids: text, table))" },
            ListFilter(name: "pulp_href__in") { text in "t.prn \(in: try self.prns(text, else: "URI not valid"))" },
            ListFilter(name: "prn__in") { text in "t.prn \(in: text.split(separator: ",").map(String.init))" },
        ]
        if fields.contains(where: { $0.type.unwrapped == .labels }) {
            filters.append(ListFilter(name: "pulp_label_select") { try LabelSelection($0).condition(on: "t.pulp_labels") })
        }
        return filters
    }

    /// A list of things of all kinds can be narrowed down to some of them.
    static func types(_ kinds: [any Resource.Type]) -> [ListFilter] {
        let types = kinds.map { $0.apiType }
        @Sendable func check(_ type: String) throws -> String {
            guard types.contains(type) else {
                throw InvalidField("Select a valid choice. \(type) is not one of the available choices.")
            }
            return type
        }
        return [
            ListFilter(name: "pulp_type") { "t.type = \(try check($0))" },
            ListFilter(name: "pulp_type__in") { text in "t.type \(in: try text.split(separator: ",").map { try check(String($0)) })" },
        ]
    }

    /// A field's filter; where it is about other resources, these may be named by hrefs too.
    private func filter(_ filter: FieldFilter) -> ListFilter {
        guard case .reference = filter.type.unwrapped, filter.lookup != .isnull else {
            return ListFilter(name: filter.name) { try filter.condition($0) }
        }
        return ListFilter(name: filter.name) { text in
            let prns = try text.split(separator: ",").map { part in
                guard part != "null" else { return "null" }
                guard let prn = self.prn(String(part)) else { throw InvalidField("URI not valid: \(part)") }
                return prn
            }
            return try filter.condition(prns.joined(separator: ","))
        }
    }

    private func prns(_ text: String, else message: String) throws -> [String] {
        try text.split(separator: ",").map { part in
            guard let prn = prn(String(part)) else { throw InvalidField(message) }
            return prn
        }
    }

    private func prns(ids text: String, _ table: ResourceTable) throws -> [String] {
        let models = models(of: table)
        return try text.split(separator: ",").flatMap { part in
            guard part.wholeMatch(of: /[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/) != nil else {
                throw InvalidField("Enter a valid UUID.")
            }
            return models.map { "prn:\($0):\(part.lowercased())" }
        }
    }
}
