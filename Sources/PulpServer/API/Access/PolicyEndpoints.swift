import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// The list of the policies of all viewsets, and each of them, which an operator can change and reset.
    var accessPolicies: [Endpoint] {
        let paths = ResourcePaths("access_policies", href: "access_policy_href")
        return [
            paths.all([.get: policyListing.operation(pulp)]),
            paths.each([
                .get: readPolicy, .put: changePolicy("update", .replace, Self.policyShape),
                .patch: changePolicy("partial_update", .update, Self.policyShape.patched()),
            ]), paths.each("reset", [.post: resetPolicy]),
        ]
    }

    private static let policyShape = ObjectShape(
        name: "AccessPolicy",
        members: [
            ObjectShape.Member(name: "permissions_assignment", shape: .list(.anyObject)),
            ObjectShape.Member(name: "creation_hooks", shape: .list(.anyObject)),
            ObjectShape.Member(name: "statements", shape: .list(.anyObject), isRequired: true),
            ObjectShape.Member(name: "queryset_scoping", shape: .anyObject),
        ])

    private var policyView: View<AccessPolicyRecord> {
        View(
            name: "AccessPolicyResponse",
            properties: hrefs.identity { $0.id.prn } + [
                Property("pulp_created", .moment) { $0.created.json }, Property("pulp_last_updated", .moment) { $0.updated.json },
            ]
                + Self.policyShape.members.map { member in
                    // The older name of the hooks shows them too.
                    let source = member.name == "permissions_assignment" ? "creation_hooks" : member.name
                    return Property(member) { $0.policy.object[source] ?? .null }
                } + [
                    Property("viewset_name", .text) { .string($0.viewset) }, Property("customized", .boolean) { .bool($0.isCustomized) },
                ])
    }

    private var policyListing: Listing {
        let (rules, view) = (pulp.rules, policyView)
        let columns = ["creation_hooks", "queryset_scoping", "statements"].map { (name: $0, column: "t.document" as SQL) }
        return Listing(
            table: "access_policy AS t", condition: { _, _ in rules.known },
            filters: identityFilters(model: "core.accesspolicy", .prn) + AccessRules.policyFilters.map { ListFilter($0) },
            order: columns + [
                ("customized", "(t.document IS NOT NULL)"), ("pk", "t.prn"), ("pulp_created", "t.created"), ("pulp_id", "t.prn"),
                ("pulp_last_updated", "t.updated"), ("viewset_name", "t.viewset_name"),
            ], shape: view.shape
        ) { keys, db in
            Dictionary(
                try rules.policies(where: "t.id \(in: keys)", in: db).map { ($0.key, view.object($0)) },
                uniquingKeysWith: { first, _ in first })
        }
    }

    private func policy(_ request: APIRequest, in db: any SQLConnection) throws -> AccessPolicyRecord {
        let id = ID<AccessPolicyRecord>(prn: "prn:core.accesspolicy:\(request.parameters["pk"] ?? "")")
        guard let record = try pulp.rules.policy(id, in: db) else { throw APIError.notFound("AccessPolicy") }
        return record
    }

    private var readPolicy: Operation {
        Operation(action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(policyView.shape)]) { [self] request in
            let record = try await pulp.database.read { db in try policy(request, in: db) }
            return .json(FieldSelection(request.query)(policyView.object(record)))
        }
    }

    private func changePolicy(_ action: String, _ change: FieldChange, _ shape: ObjectShape) -> Operation {
        Operation(
            action: action, request: Operation.RequestShape(shape: shape), answers: [.ok(policyView.shape)]
        ) { [self] request in
            let body = try await body(request, [Field<AccessPolicyRecord>]())
            return try await storing { [self] db in
                var record = try policy(request, in: db)
                try record.policy.apply(body.members, change)
                return try pulp.rules.customize(record.id, record.policy, in: db)
            }
        }
    }

    private var resetPolicy: Operation {
        Operation(action: "reset", answers: [.ok(policyView.shape)]) { [self] request in
            try await storing { [self] db in try pulp.rules.reset(try policy(request, in: db).id, in: db) }
        }
    }

    /// Stores a policy, which counts in this process from then on.
    private func storing(_ store: @escaping @Sendable (any SQLConnection) throws -> AccessPolicyRecord) async throws -> Response {
        let record = try await pulp.database.write(store)
        pulp.rules.forgetChanges()
        return .json(.object(policyView.object(record)))
    }
}
