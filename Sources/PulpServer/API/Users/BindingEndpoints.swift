import HTTPTypes
import Hummingbird
import PulpCore

/// The roles that a user, or a group, was given: for everything, for a domain, or for one thing.
struct BindingEndpoints: Sendable {
    let api: API
    /// Of those who have roles.
    let owner: ResourcePaths
    /// What OpenAPI documents call the href of a role that somebody has, and the role itself.
    let href: String
    let name: String
    /// The holder with the last part of its href.
    let holder: @Sendable (String, any SQLConnection) throws -> RoleBinding.Holder?

    /// What stands in braces for the holder: `user`.
    private var key: String { String(owner.path.dropLast()) }

    var endpoints: [Endpoint] {
        let paths = ResourcePaths("\(owner.path)/{\(key)}/roles", href: href, parent: owner.href)
        return [paths.all([.get: listing.operation(api.pulp), .post: create]), paths.each([.get: read, .delete: delete])]
    }

    private func holder(_ request: APIRequest, in db: any SQLConnection) throws -> RoleBinding.Holder {
        guard let found = try holder(request.parameters[key] ?? "", db) else { throw APIError.notFound(owner.noun) }
        return found
    }

    private func binding(_ request: APIRequest, in db: any SQLConnection) throws -> RoleBinding {
        let own = RoleBindings.condition(of: try holder(request, in: db))
        let found = try RoleBindings.list(where: "t.uuid = \(request.parameters["pk"] ?? "") AND \(sql: own)", limit: 1, in: db)
        guard let binding = found.first else { throw APIError.notFound(name) }
        return binding
    }

    private var view: View<RoleBinding> {
        let (hrefs, list) = (api.hrefs, owner.path)
        return View(
            name: name + "Response",
            properties: [
                Property("pulp_href", .uri) { .string("\(hrefs.root)\(list)/\($0.holder.key)/roles/\($0.id.uuid)/") },
                Property("prn", .text) { .string($0.id.prn) }, Property("pulp_created", .moment) { $0.created.json },
                Property("pulp_last_updated", .moment) { $0.created.json },
                Property("role", .text, isRequired: true, isReadOnly: false) { .string($0.role) },
                Property("content_object", .text.orNull, isReadOnly: false) { binding in
                    binding.place.object.flatMap(hrefs.href).map { .string($0) } ?? .null
                },
                Property("content_object_prn", .text.orNull, isReadOnly: false) { $0.place.object.json },
                Property("description", .text) { $0.description.json },
                Property("permissions", .list(.text)) { .array($0.permissions.map(\.json)) },
                Property("domain", .uri.orNull, isReadOnly: false) { binding in
                    binding.place.domain.flatMap(hrefs.href).map { .string($0) } ?? .null
                },
            ])
    }

    private var listing: Listing {
        let view = view
        var listing = Listing(
            table: "role_binding AS t JOIN role AS r ON r.id = t.role", filters: filters,
            order: [("role", "r.name"), ("description", "r.description"), ("pulp_created", "t.created"), ("pk", "t.uuid")],
            shape: view.shape
        ) { keys, db in
            Dictionary(
                try RoleBindings.list(where: "t.id \(in: keys)", in: db).map { ($0.key, view.object($0)) },
                uniquingKeysWith: { first, _ in first })
        }
        listing.condition = { request, db in RoleBindings.condition(of: try holder(request, in: db)) }
        return listing
    }

    private var filters: [ListFilter] {
        let hrefs = api.hrefs
        @Sendable func prn(_ text: String) throws -> String {
            guard let prn = hrefs.prn(text) else { throw InvalidField("URI not valid") }
            return prn
        }
        let names = [Lookup.exact, .in, .contains, .icontains, .startswith]
        return api.identityFilters(model: "core.\(name.lowercased())") + FieldFilter.text("role", "r.name", names).map { ListFilter($0) }
            + [
                ListFilter("content_object") { text in
                    text == "null" ? RoleBindings.condition(for: .everything) : RoleBindings.condition(for: .object(try prn(text)))
                },
                ListFilter("domain") { text in
                    text == "null" ? "t.domain IS NULL" : RoleBindings.condition(for: .domain(try prn(text)))
                },
            ]
    }

    private var read: Operation {
        Operation(action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(view.shape)]) { request in
            let binding = try await api.pulp.database.read { db in try self.binding(request, in: db) }
            return .json(FieldSelection(request.query)(view.object(binding)))
        }
    }

    private var create: Operation {
        let shape = ObjectShape(requesting: GivenRole.fields, from: GivenRole(), name: name)
        return Operation(
            action: "create",
            request: Operation.RequestShape(
                shape: ObjectShape(name: name, members: shape.members.map { $0.name == "domain" ? $0.shaped(.uri.orNull) : $0 })),
            answers: [.created(view.shape)]
        ) { request in
            let body: GivenRole = try await api.body(request)
            let place = try body.place(api.hrefs)
            let binding = try await api.pulp.database.write { db in
                try RoleBindings.give(body.role, to: try holder(request, in: db), for: place, under: api.pulp.rules, in: db)
            }
            let object = view.object(binding)
            return .created(object, object["pulp_href"]?.stringValue)
        }
    }

    private var delete: Operation {
        Operation(action: "delete", answers: [.noContent]) { request in
            try await api.pulp.database.write { db in
                let binding = try self.binding(request, in: db)
                try RoleBindings.delete(binding.id, of: binding.holder, in: db)
            }
            return .empty()
        }
    }
}

/// A role that is to be given, and what for: everything, where nothing is said.
private struct GivenRole: RequestObject {
    var role = ""
    var object: String?
    var objectPRN: String?
    var domain: String?

    static let name = "GivenRole"
    static let fields = [
        Field<Self>("role", \.role, "The name of a role.", .required),
        Field<Self>("content_object", \.object, "The href of the thing that the role is for; null for everything."),
        Field<Self>("content_object_prn", \.objectPRN, "The PRN of the thing that the role is for."),
        Field<Self>("domain", \.domain, "The domain that the role is for."),
    ]

    /// - Throws: ``ValidationError`` when it cannot be told.
    func place(_ hrefs: Hrefs) throws -> RoleBinding.Place {
        func prn(_ text: String, _ field: String) throws -> String {
            guard let prn = hrefs.prn(text) else { throw ValidationError(field, "Invalid value: \(text).") }
            return prn
        }
        let named = try object.map { try prn($0, "content_object") }
        if let named, let objectPRN, named != objectPRN {
            throw ValidationError("content_object_prn", "It is not that of the content_object.")
        }
        switch (named ?? objectPRN, try domain.map { try prn($0, "domain") }) {
        case (nil, nil): return .everything
        case (let object?, nil): return .object(object)
        case (nil, let domain?): return .domain(domain)
        case (.some, .some): throw ValidationError(nil, "A role is given for a domain, or for an object, and not for both.")
        }
    }
}

extension ObjectShape.Member {
    /// The same with another shape.
    fileprivate func shaped(_ shape: Shape) -> Self {
        Self(name: name, shape: shape, isRequired: isRequired, isReadOnly: isReadOnly, isWriteOnly: isWriteOnly, fallback: fallback)
    }
}

extension RoleBinding.Holder {
    /// The last part of the holder's href.
    fileprivate var key: String {
        switch self {
        case .user(let id): id.uuid
        case .group(let id): id.uuid
        }
    }
}
