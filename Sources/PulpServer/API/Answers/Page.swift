import PulpCore

/// Which part of a list a client asks for.
struct Page: Sendable, Hashable {
    static let standard = 100
    /// A client that asks for more gets this much.
    static let largest = 10_000

    /// Beyond any list, and within what can be counted on from.
    static let farthest = 1 << 52

    let limit: Int
    let offset: Int

    /// - Parameter query: what makes no sense in it is as if it were not there, as in Pulp.
    init(_ query: QueryItems) {
        let limit = query["limit"].flatMap { Int($0) } ?? 0
        self.limit = limit > 0 ? min(limit, Self.largest) : Self.standard
        offset = min(max(0, query["offset"].flatMap { Int($0) } ?? 0), Self.farthest)
    }

    /// `{count, next, previous, results}`.
    func body(_ results: [JSON], of count: Int, _ request: APIRequest) -> JSON {
        [
            "count": .integer(count),
            "next": offset + limit < count ? link(to: offset + limit, request) : .null,
            "previous": offset > 0 ? link(to: max(0, offset - limit), request) : .null,
            "results": .array(results),
        ]
    }

    private func link(to offset: Int, _ request: APIRequest) -> JSON {
        let query = request.query.setting(("limit", "\(limit)"), ("offset", "\(offset)"))
        return .string("\(request.origin)\(request.path)?\(query.text)")
    }
}
