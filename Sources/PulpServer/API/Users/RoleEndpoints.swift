import HTTPTypes
import PulpCore

extension API {
    /// The list of roles, and each of them.
    var roles: [Endpoint] {
        let rules = pulp.rules
        return CollectionEndpoints<Role, Role>(
            api: self, paths: ResourcePaths("roles", href: "role_href"), listing: roleListing,
            find: { key, db in try Roles.find(ID(prn: "prn:core.role:\(key)"), in: db) },
            identity: { ($0.key, $0.id.prn) }, body: { $0 },
            insert: { role, db in try Roles.insert(role, under: rules, in: db) },
            update: { role, db in _ = try Roles.update(role, under: rules, in: db) },
            delete: { role, _, db in try Roles.delete(role.id, in: db) }
        ).endpoints
    }

    private var roleListing: Listing {
        let view = View<Role>(
            name: "RoleResponse",
            properties: hrefs.properties(of: Role.fields) { $0.id.prn } + [
                Property("pulp_created", .moment) { $0.created.json }, Property("pulp_last_updated", .moment) { $0.updated.json },
            ])
        return Listing(
            table: "role AS t", filters: identityFilters(model: "core.role", .prn) + roleFilters,
            order: [
                ("description", "t.description"), ("locked", "t.locked"), ("name", "t.name"), ("pk", "t.prn"),
                ("pulp_created", "t.created"),
                ("pulp_id", "t.prn"), ("pulp_last_updated", "t.updated"),
            ], shape: view.shape
        ) { keys, db in
            Dictionary(
                try Roles.list(where: "t.id \(in: keys)", in: db).map { ($0.key, view.object($0)) }, uniquingKeysWith: { first, _ in first }
            )
        }
    }

    private var roleFilters: [ListFilter] {
        let (hrefs, rules) = (hrefs, pulp.rules)
        var permission = ListFilter("contains_permission", .list(.text)) { text in
            let names = Set(text.split(separator: ",").map(String.init))
            return """
                (SELECT COUNT(*) FROM role_permission AS p WHERE p.role = t.id AND p.permission \(in: names)) = \(names.count)
                """
        }
        permission.isRepeated = true
        // Those that only have permissions on things of that kind.
        let type = ListFilter("for_object_type") { text in
            guard let viewset = hrefs.viewset(of: text, rules) else { throw InvalidField("URI not valid") }
            return """
                EXISTS (SELECT 1 FROM role_permission AS p WHERE p.role = t.id)
                AND NOT EXISTS (SELECT 1 FROM role_permission AS p WHERE p.role = t.id AND NOT (p.permission \(in: viewset.permissions)))
                """
        }
        return Role.fields.flatMap(\.filters).map { ListFilter($0) } + [permission, type]
    }
}

extension Hrefs {
    /// The viewset of a thing, or of a list of things.
    fileprivate func viewset(of text: String, _ rules: AccessRules) -> Viewset? {
        if let prn = prn(text), let viewset = rules.viewset(ofObject: prn) { return viewset }
        guard text.hasPrefix(root), text.hasSuffix("/") else { return nil }
        return rules.viewset(named: String(text.dropFirst(root.count).dropLast()))
    }
}

extension Role: RequestObject {
    static let name = "Role"
}
