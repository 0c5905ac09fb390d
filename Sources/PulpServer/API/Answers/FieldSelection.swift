import PulpCore

/// Which members of objects a client wants: `fields=name,pulp_href`, `exclude_fields=…`.
struct FieldSelection: Sendable {
    private let wanted: Set<String>?
    private let unwanted: Set<String>

    init(_ query: QueryItems) {
        wanted = query.list("fields").map(Set.init)
        unwanted = Set(query.list("exclude_fields") ?? [])
    }

    /// The members of an object that are asked for.
    func callAsFunction(_ object: JSON.Object) -> JSON {
        guard wanted != nil || !unwanted.isEmpty else { return .object(object) }
        return .object(JSON.Object(object.filter { member in wanted?.contains(member.name) ?? true && !unwanted.contains(member.name) }))
    }
}
