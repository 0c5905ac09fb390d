import Hummingbird
import PulpCore

/// A list that clients can narrow down, put in order and page through.
struct Listing: Sendable {
    /// What is listed, in SQL, under the alias `t`: `task AS t`.
    let table: SQL
    /// The column that tells rows apart; the youngest has the largest.
    var key: SQL = "t.id"
    /// Which rows there are before anybody narrows the list down.
    var condition: @Sendable (APIRequest, any SQLConnection) throws -> SQL = { _, _ in "TRUE" }
    let filters: [ListFilter]
    /// How many rows the filters leave, where somebody keeps count of that; nil where they must be counted.
    var count: @Sendable ([String: String], any SQLConnection) throws -> Int? = { _, _ in nil }
    /// What lists are put in order by, and the column in SQL.
    let order: [(name: String, column: SQL)]
    /// What an element is.
    let shape: ObjectShape
    /// The objects of rows, by their keys; asks a fixed number of questions, however many rows there are.
    let objects: @Sendable ([Int64], any SQLConnection) throws -> [Int64: JSON.Object]

    /// The operation that answers with a page of the list.
    func operation(_ pulp: Pulp) -> Operation {
        let ordering = Operation.Parameter(
            name: "ordering", shape: .list(.choice((order.map { "-\($0.name)" } + order.map(\.name)).sorted())))
        let page = ["limit", "offset"].map { Operation.Parameter(name: $0, shape: Shape(kind: .integer)) }
        let parameters = filters.map(\.parameter) + page + (order.isEmpty ? [] : [ordering])
        let query = filters.isEmpty ? [] : [Operation.Parameter(name: "q", shape: .text)]
        return Operation(
            action: "list", parameters: (parameters + query).sorted { $0.name < $1.name } + Operation.Parameter.fieldSelection,
            answers: [.ok(shape.page)]
        ) { request in try await answer(request, pulp) }
    }

    private func answer(_ request: APIRequest, _ pulp: Pulp) async throws -> Response {
        let query = try ListQuery(request, self)
        let (count, objects) = try await pulp.database.read { db -> (Int, [JSON.Object]) in
            var condition: SQL = "(\(sql: try condition(request, db))) AND \(sql: query.condition)"
            let visible = try request.access.visible(in: db)
            if let visible { condition += " AND (\(sql: visible))" }
            // What somebody keeps count of counts for who sees everything.
            let known = visible == nil ? try self.count(query.filters, db) : nil
            let keys = try keys(where: condition, query, of: known, in: db)
            let count = try known ?? total(keys, where: condition, query.page, in: db)
            let found = keys.isEmpty ? [:] : try self.objects(keys, db)
            return (count, keys.compactMap { found[$0] })
        }
        return .json(query.page.body(objects.map { query.selection($0) }, of: count, request))
    }

    /// The keys of a page's rows.
    /// - Parameter count: how many rows there are, where that is known.
    private func keys(
        where condition: SQL, _ query: ListQuery, of count: Int?, in db: any SQLConnection
    ) throws -> [Int64] {
        let page = query.page
        var (order, limit, offset) = (query.order, page.limit, page.offset)
        // What is nearer to the end is counted from there.
        var isReversed = false
        if let count, query.isYoungestFirst, offset > count / 2 {
            (order, isReversed) = (key, true)
            (limit, offset) = (min(limit, count - offset), max(0, count - offset - limit))
            guard limit > 0 else { return [] }
        }
        let keys = try db.query(
            """
            SELECT \(sql: key) FROM \(sql: table) WHERE \(sql: condition) ORDER BY \(sql: order)
            LIMIT \(limit) OFFSET \(offset)
            """
        ).map { try $0.get(0, as: Int64.self) }
        return isReversed ? keys.reversed() : keys
    }

    private func total(_ keys: [Int64], where condition: SQL, _ page: Page, in db: any SQLConnection) throws -> Int {
        // A page that is not full says how many there are.
        if keys.count < page.limit, !keys.isEmpty || page.offset == 0 { return page.offset + keys.count }
        return try db.value("SELECT COUNT(*) FROM \(sql: table) WHERE \(sql: condition)", as: Int.self) ?? 0
    }
}
