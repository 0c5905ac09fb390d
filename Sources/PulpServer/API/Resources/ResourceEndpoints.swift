import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// The list of a kind, and each of its resources, as its table has them read and changed.
    func endpoints<R: Resource>(of kind: R.Type) -> [Endpoint] {
        let paths = R.apiPaths
        let (read, update) = (ResourceReading<R>(api: self), ResourceChanges<R>(api: self))
        var all: [HTTPRequest.Method: Operation] = [.get: read.list]
        var each: [HTTPRequest.Method: Operation] = [.get: read.read]
        let conduct = Conduct(R.schema.table)
        if conduct.creation != .none { all[.post] = update.create(conduct.creation) }
        if let publish = publish(as: R.self) { all[.post] = publish }
        if conduct.change != .none { (each[.put], each[.patch]) = (update.replace(conduct.change), update.update(conduct.change)) }
        if conduct.deletion != .none { each[.delete] = update.delete(conduct.deletion) }
        let endpoints = [paths.all(all), paths.each(each)]
        guard R.schema.fields.contains(where: { $0.type.unwrapped == .labels }) else { return endpoints }
        let labels = LabelChanges(api: self, status: R.schema.table == .distribution ? .ok : .created) { [self] request, change in
            try await changeLabels(of: R.self, request, change)
        }
        return endpoints + labels.endpoints(paths)
    }
}

/// How resources of a table are made, changed and deleted: as Pulp does it.
struct Conduct: Sendable, Hashable {
    enum Manner: Sendable, Hashable {
        /// Not at all; or in the table's own way.
        case none
        /// While the client waits.
        case now
        /// By a task.
        case task
    }

    let creation: Manner
    let change: Manner
    let deletion: Manner

    init(_ table: ResourceTable) {
        (creation, change, deletion) =
            switch table {
            case .remote, .repository: (.now, .task, .task)
            case .distribution: (.task, .task, .task)
            case .publication: (.none, .none, .now)
            case .contentGuard: (.now, .now, .now)
            case .content, .repositoryVersion: (.none, .none, .none)
            }
    }
}

/// The list of a kind's resources, and each of them.
struct ResourceReading<R: Resource>: Sendable {
    private let api: API
    private let view: View<Shown<R>>

    init(api: API) { (self.api, view) = (api, api.view(of: R.self)) }

    var list: Operation {
        let type = R.schema.type
        var listing = Listing(
            table: SQL(raw: "\(R.schema.table.rawValue) AS t"), filters: api.filters(of: R.schema.table),
            order: api.order(of: R.schema.table),
            shape: view.shape
        ) { [api, view] keys, db in try api.objects(keys, as: view, in: db) }
        listing.condition = { _, _ in "t.type = \(type)" }
        return listing.operation(api.pulp)
    }

    var read: Operation {
        Operation(action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(view.shape)]) { request in
            let object = try await api.object(try await api.record(R.self, request), as: view)
            return .json(FieldSelection(request.query)(object))
        }
    }
}

extension API {
    /// How a kind's resources are shown.
    func view<R: Resource>(of kind: R.Type) -> View<Shown<R>> {
        let view = View<Shown<R>>.resource(kind, pulp.settings)
        return R.self == RBACContentGuard.self ? View(name: view.name, properties: view.properties + admitted()) : view
    }

    /// Whom a guard lets in by roles that were given for it.
    private func admitted<R>() -> [Property<Shown<R>>] {
        let (user, group) = (memberView, groupView)
        return [
            Property("users", .list(.object(user.shape))) { shown in
                .array((shown.links.admitted[shown.prn]?.users ?? []).map { .object(user.object($0)) })
            },
            Property("groups", .list(.object(group.shape))) { shown in
                .array((shown.links.admitted[shown.prn]?.groups ?? []).map { .object(group.object($0)) })
            },
        ]
    }

    /// The resources with some keys, as they are shown.
    func objects<R: Resource>(
        _ keys: [Int64], as view: View<Shown<R>>, in db: any SQLConnection
    ) throws -> [Int64: JSON.Object] {
        let records = try pulp.resources.list(R.self, where: "t.id \(in: keys)", in: db)
        let links = try ResourceLinks(of: records, hrefs, in: db)
        return Dictionary(
            records.map { ($0.key, view.object(Shown(record: $0, links: links))) }, uniquingKeysWith: { first, _ in first })
    }

    /// A resource as it is shown.
    func object<R: Resource>(_ record: Record<R>, as view: View<Shown<R>>? = nil) async throws -> JSON.Object {
        try await pulp.database.read { [self] db in
            (view ?? self.view(of: R.self)).object(Shown(record: record, links: try ResourceLinks(of: [record], hrefs, in: db)))
        }
    }

    /// The resource that a path names.
    /// - Throws: ``APIError`` with 404 when there is none.
    func record<R: Resource>(_ kind: R.Type, _ request: APIRequest) async throws -> Record<R> {
        let id = ID<R>(prn: "prn:\(R.schema.model):\(request.parameters["pk"] ?? "")")
        guard let record = try await pulp.database.read({ [pulp] db in try pulp.resources.find(id, in: db) }) else {
            throw APIError.notFound("\(R.self)")
        }
        return record
    }
}
