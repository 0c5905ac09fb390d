import Hummingbird
import PulpCore

extension API {
    /// The list of all resources of a table, of whatever kind.
    func generic(_ table: ResourceTable) -> Endpoint {
        let kinds = pulp.kinds.filter { $0.apiTable == table }
        let filters = filters(table) + Hrefs.types(kinds)
        return .get("\(table.path)/") { [self] request in
            try await list(table, kinds, ListQuery(request, filters, orderedBy: table.columns), request)
        }
    }

    private func list(
        _ table: ResourceTable, _ kinds: [any Resource.Type], _ query: ListQuery, _ request: APIRequest
    ) async throws -> Response {
        let (count, objects) = try await pulp.database.read { [self] db -> (Int, [JSON.Object]) in
            let count = try db.value("SELECT COUNT(*) FROM \(raw: table.rawValue) AS t WHERE \(sql: query.condition)", as: Int.self)
            return (count ?? 0, try page(table, kinds, query, in: db))
        }
        return .json(query.page.body(objects.map { query.selection($0) }, of: count, request))
    }

    /// The filters on what all kinds of a table share.
    private func filters(_ table: ResourceTable) -> [ListFilter] {
        switch table {
        case .remote: hrefs.filters(RemoteSettings.fields, of: table)
        case .repository: hrefs.filters(RepositorySettings.fields, of: table)
        case .publication: hrefs.filters(PublicationSettings.fields, of: table)
        case .distribution: hrefs.filters(DistributionSettings.fields, of: table)
        case .contentGuard: hrefs.filters(ContentGuardSettings.fields, of: table)
        case .content, .repositoryVersion: []
        }
    }

    /// A page: which resources there are, then those of each kind together.
    private func page(
        _ table: ResourceTable, _ kinds: [any Resource.Type], _ query: ListQuery, in db: any SQLConnection
    ) throws -> [JSON.Object] {
        let rows = try db.query(
            """
            SELECT t.id, t.type FROM \(raw: table.rawValue) AS t WHERE \(sql: query.condition) ORDER BY \(sql: query.order)
            LIMIT \(query.page.limit) OFFSET \(query.page.offset)
            """
        ).map { (key: try $0.get(0, as: Int64.self), type: try $0.get(1, as: String.self)) }
        var found: [Int64: JSON.Object] = [:]
        for kind in kinds {
            let keys = rows.filter { $0.type == kind.apiType }.map(\.key)
            if !keys.isEmpty { try objects(kind, keys, in: db) { found[$0] = $1 } }
        }
        return rows.compactMap { found[$0.key] }
    }

    private func objects<R: Resource>(
        _ kind: R.Type, _ keys: [Int64], in db: any SQLConnection, _ body: (Int64, JSON.Object) -> Void
    ) throws {
        let records = try pulp.resources.list(kind, where: "t.id \(in: keys)", in: db)
        for (record, object) in zip(records, try view.objects(records, in: db)) { body(record.key, object) }
    }
}

extension ResourceTable {
    /// The tables of which there is one list for all kinds.
    static let listed: [ResourceTable] = [.remote, .repository, .publication, .distribution, .contentGuard]

    /// What lists are ordered by, and its column.
    var columns: [String: String] {
        ["pulp_created": "t.created", "pulp_last_updated": "t.updated", "pulp_type": "t.type", "pulp_id": "t.prn", "pk": "t.prn"]
    }

    /// The same for the lists of a kind: its fields that are columns, too.
    func columns<R>(of fields: [Field<R>]) -> [String: String] {
        fields.filter { $0.traits.contains(.column) && !$0.type.unwrapped.isReference }.reduce(into: columns) {
            $0[$1.name] = "t.\($1.name)"
        }
    }
}

extension FieldType {
    fileprivate var isReference: Bool { if case .reference = self { true } else { false } }
}
