import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// The lists of units, each kind's and that of all kinds, each unit, and its labels.
    var content: [Endpoint] {
        [ResourcePaths("content").all([.get: genericContent.operation(pulp)])] + contentKinds.flatMap { endpoints(ofUnits: $0) }
    }

    private static let contentOrder: [(name: String, column: SQL)] = [
        ("pk", "t.uuid"), ("pulp_created", "t.created"), ("pulp_id", "t.uuid"), ("pulp_last_updated", "t.updated"),
        ("pulp_type", "t.type"), ("pulp_labels", "t.pulp_labels"), ("timestamp_of_interest", "t.touched"), ("upstream_id", "t.id"),
    ]

    private func endpoints<Unit: ContentUnit>(ofUnits kind: Unit.Type) -> [Endpoint] {
        let paths = Unit.apiPaths
        let view = view(ofUnits: Unit.self)
        let fields = Unit.schema.fields.map { (name: $0.name == "sha256" ? "digest" : $0.name, column: SQL(raw: "u.\($0.name)")) }
        let listing = Listing(
            table: "content AS t JOIN \(raw: ContentTable<Unit>.name) AS u ON u.content = t.id",
            filters: contentFilters + fieldFilters(of: Unit.self), order: Self.contentOrder + fields, shape: view.shape
        ) { [self] keys, db in try units(Unit.self, keys, in: db, view.object) }
        let read = Operation(action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(view.shape)]) { [self] request in
            let uuid = request.parameters["pk"] ?? ""
            let object = try await pulp.database.read { [self] db -> JSON.Object? in
                let key = try db.value("SELECT id FROM content WHERE uuid = \(uuid) AND type = \(Unit.schema.type)", as: Int64.self)
                return try key.flatMap { try units(Unit.self, [$0], in: db, view.object)[$0] }
            }
            guard let object else { throw APIError.notFound("\(Unit.self)") }
            return .json(FieldSelection(request.query)(object))
        }
        let labels = LabelChanges(api: self, status: .created) { [pulp] request, change in
            let id = ID<Content>(prn: "prn:\(Unit.schema.model):\(request.parameters["pk"] ?? "")")
            return try await pulp.database.write { db in
                let isKnown = try db.first("SELECT 1 FROM content WHERE uuid = \(id.uuid) AND type = \(Unit.schema.type)") != nil
                guard isKnown else { throw APIError.notFound("\(Unit.self)") }
                return try Labels.change(of: id, in: db, change).before
            }
        }
        return [paths.all([.get: listing.operation(pulp)]), paths.each([.get: read])] + labels.endpoints(paths)
    }

    private var genericContent: Listing {
        let kinds = contentKinds
        return Listing(
            table: "content AS t", filters: contentFilters + Self.types(kinds), order: [("pk", "t.uuid")], shape: genericShape
        ) { [self] keys, db in
            let types = try db.query("SELECT id, type FROM content WHERE id \(in: keys)")
                .map { (key: try $0.get(0, as: Int64.self), type: try $0.get(1, as: String.self)) }
            var found: [Int64: JSON.Object] = [:]
            for kind in kinds {
                let own = types.filter { $0.type == kind.apiType }.map(\.key)
                if !own.isEmpty { try found.merge(genericObjects(kind, own, in: db)) { first, _ in first } }
            }
            return found
        }
    }

    private func genericObjects<Unit: ContentUnit>(
        _ kind: Unit.Type, _ keys: [Int64], in db: any SQLConnection
    ) throws -> [Int64: JSON.Object] {
        let view = genericView(ofUnits: Unit.self)
        return try units(Unit.self, keys, in: db, view.object)
    }

    private var genericShape: ObjectShape {
        // The same for all kinds.
        contentKinds.first.map { shape(of: $0) } ?? ObjectShape(name: "MultipleArtifactContentResponse", members: [])
    }

    private func shape<Unit: ContentUnit>(of kind: Unit.Type) -> ObjectShape { genericView(ofUnits: kind).shape }
}
