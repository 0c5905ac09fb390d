import Hummingbird
import PulpCore

/// The list of a kind, and each of its resources.
struct ResourceEndpoints<R: Resource>: Sendable {
    private let api: API
    private let filters: [ListFilter]
    private let columns: [String: String]

    init(api: API) {
        let fields = R.schema.fields
        (self.api, filters) = (api, api.hrefs.filters(fields, of: R.schema.table))
        columns = R.schema.table.columns(of: fields)
    }

    var endpoints: [Endpoint] {
        [.get("\(R.apiPath)/", list), .get("\(R.apiPath)/{pk}/", show)]
    }

    private func list(_ request: APIRequest) async throws -> Response {
        let table = R.schema.table
        let query = try ListQuery(request, filters, orderedBy: columns)
        let (pulp, view, type) = (api.pulp, api.view, R.schema.type)
        let (count, objects) = try await pulp.database.read { db in
            let count = try db.value(
                "SELECT COUNT(*) FROM \(raw: table.rawValue) AS t WHERE t.type = \(type) AND \(sql: query.condition)", as: Int.self)
            let records = try pulp.resources.list(
                R.self, where: query.condition, order: query.order, limit: query.page.limit, offset: query.page.offset, in: db)
            return (count ?? 0, try view.objects(records, in: db))
        }
        return .json(query.page.body(objects.map { query.selection($0) }, of: count, request))
    }

    private func show(_ request: APIRequest) async throws -> Response {
        let id = ID<R>(prn: "prn:\(R.schema.model):\(request.parameters["pk"] ?? "")")
        let (pulp, view) = (api.pulp, api.view)
        let object = try await pulp.database.read { db in
            try pulp.resources.find(id, in: db).flatMap { try view.objects([$0], in: db).first }
        }
        guard let object else { throw APIError.notFound("\(R.self)") }
        return .json(FieldSelection(request.query)(object))
    }
}
