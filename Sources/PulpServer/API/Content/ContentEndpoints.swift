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
            filters: contentFilters + fieldFilters(of: Unit.self), count: count(of: Unit.self), order: Self.contentOrder + fields,
            shape: view.shape
        ) { [self] keys, db in try units(Unit.self, keys, in: db, view.object) }
        let read = Operation(action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(view.shape)]) { [self] request in
            .json(FieldSelection(request.query)(try await unit(Unit.self, request.parameters["pk"] ?? "")))
        }
        let labels = LabelChanges(api: self, status: .created) { [pulp] request, change in
            let id = ID<Content>(prn: "prn:\(Unit.schema.model):\(request.parameters["pk"] ?? "")")
            return try await pulp.database.write { db in
                let isKnown = try db.first("SELECT 1 FROM content WHERE uuid = \(id.uuid) AND type = \(Unit.schema.type)") != nil
                guard isKnown else { throw APIError.notFound("\(Unit.self)") }
                return try Labels.change(of: id, in: db, change).before
            }
        }
        var all: [HTTPRequest.Method: Operation] = [.get: listing.operation(pulp)]
        var others = labels.endpoints(paths)
        if let kind = Unit.self as? any UploadedUnit.Type {
            let creation = creation(of: kind)
            all[.post] = creation.deferred
            others.append(paths.all("upload", [.post: creation.now]))
        }
        return [paths.all(all), paths.each([.get: read])] + others
    }

    private func creation<Unit: UploadedUnit>(of kind: Unit.Type) -> (deferred: Operation, now: Operation) {
        let creation = UnitCreation<Unit>(api: self)
        return (creation.deferred, creation.now)
    }

    /// A unit as it is shown.
    /// - Throws: ``APIError`` with 404 when there is none.
    func unit<Unit: ContentUnit>(_ kind: Unit.Type, _ uuid: String) async throws -> JSON.Object {
        let view = view(ofUnits: Unit.self)
        let object = try await pulp.database.read { [self] db -> JSON.Object? in
            let key = try db.value("SELECT id FROM content WHERE uuid = \(uuid) AND type = \(Unit.schema.type)", as: Int64.self)
            return try key.flatMap { try units(Unit.self, [$0], in: db, view.object)[$0] }
        }
        guard let object else { throw APIError.notFound("\(Unit.self)") }
        return object
    }

    /// How many units of a kind there are, in a version or at all, without counting them.
    private func count<Unit: ContentUnit>(
        of kind: Unit.Type
    ) -> @Sendable ([String: String], any SQLConnection) throws -> Int? {
        { [hrefs] filters, db in
            if filters.isEmpty { return try db.value("SELECT COUNT(*) FROM \(raw: ContentTable<Unit>.name)", as: Int.self) }
            guard filters.count == 1, let text = filters["repository_version"], let version = try hrefs.versionKey(text, in: db) else {
                return nil
            }
            let present = try db.value(
                "SELECT present FROM repository_version_count WHERE version = \(version) AND type = \(Unit.schema.type)", as: Int.self)
            return present ?? 0
        }
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
