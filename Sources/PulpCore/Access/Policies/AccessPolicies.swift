/// The policy of a viewset as it stands.
public struct AccessPolicyRecord: Sendable, Hashable {
    /// What the database refers to the policy by.
    public let key: Int64
    /// `prn:core.accesspolicy:<uuid>`.
    public let id: ID<AccessPolicyRecord>
    /// The viewset's name: `repositories/file/file`.
    public let viewset: String
    /// The rules.
    public var policy: AccessPolicy
    /// Whether an operator changed them.
    public let isCustomized: Bool
    /// When the program knew the viewset first.
    public let created: Timestamp
    /// When somebody changed or reset the rules last.
    public let updated: Timestamp
}

extension AccessRules {
    /// The policies of viewsets that this program knows, by name; one statement.
    /// - Parameter condition: on the table as `t`; so is the order.
    public func policies(
        where condition: SQL = "TRUE", order: SQL = "t.viewset_name", limit: Int = .max, offset: Int = 0, in db: any SQLConnection
    ) throws -> [AccessPolicyRecord] {
        try db.query(
            """
            SELECT t.prn, t.viewset_name, t.document, t.created, t.updated, t.id FROM access_policy AS t
            WHERE \(sql: known) AND \(sql: condition) ORDER BY \(sql: order) LIMIT \(limit) OFFSET \(offset)
            """
        ).compactMap { row in
            let name = try row.get(1, as: String.self)
            guard let viewset = viewset(named: name) else { return nil }
            let document = try row.get(2, as: JSON?.self)
            return AccessPolicyRecord(
                key: try row.get(5), id: try row.get(0), viewset: name, policy: try AccessPolicy(stored: document, of: viewset),
                isCustomized: document != nil, created: try row.get(3), updated: try row.get(4))
        }
    }

    /// How many policies meet a condition on the table as `t`.
    public func countPolicies(where condition: SQL = "TRUE", in db: any SQLConnection) throws -> Int {
        try db.value("SELECT COUNT(*) FROM access_policy AS t WHERE \(sql: known) AND \(sql: condition)", as: Int.self) ?? 0
    }

    /// The policy with an identity; nil when there is none.
    public func policy(_ id: ID<AccessPolicyRecord>, in db: any SQLConnection) throws -> AccessPolicyRecord? {
        try policies(where: "t.prn = \(id)", in: db).first
    }

    /// Has what operators changed be looked up again, once a transaction that changed it has ended.
    public func forgetChanges() { custom.forget() }

    /// Replaces the rules of a viewset.
    /// - Throws: ``PulpError`` with `notFound` when there is no such policy.
    public func customize(
        _ id: ID<AccessPolicyRecord>, _ policy: AccessPolicy, in db: any SQLConnection
    ) throws -> AccessPolicyRecord {
        try store(id, JSON.object(policy.object), in: db)
    }

    /// Lets the rules of a viewset be those that it came with.
    /// - Throws: ``PulpError`` with `notFound` when there is no such policy.
    public func reset(_ id: ID<AccessPolicyRecord>, in db: any SQLConnection) throws -> AccessPolicyRecord {
        try store(id, nil, in: db)
    }

    /// What policies can be narrowed down by.
    public static let policyFilters: [FieldFilter] =
        Lookups.text.names.compactMap(Lookup.init).map {
            FieldFilter("viewset_name", $0, .text, column: "t.viewset_name")
        } + [FieldFilter("customized", .exact, .boolean, column: "(t.document IS NOT NULL)")]

    /// The policies of viewsets that this program knows, as a condition on the table as `t`.
    public var known: SQL { "t.viewset_name \(in: viewsets.map(\.name))" }

    private func store(_ id: ID<AccessPolicyRecord>, _ document: JSON?, in db: any SQLConnection) throws -> AccessPolicyRecord {
        try db.execute("UPDATE access_policy SET document = \(document), updated = \(Timestamp.now) WHERE prn = \(id)")
        custom.forget()
        guard let stored = try policy(id, in: db) else { throw PulpError(.notFound, "there is no access policy \(id)") }
        return stored
    }
}

extension AccessPolicy {
    /// What the database has of a viewset's policy; nothing where it is as it came.
    /// - Throws: ``PulpError`` with `systemState` when the database holds something that is no policy.
    init(stored document: JSON?, of viewset: Viewset) throws {
        self = viewset.policy
        guard let document else { return }
        guard case .object(let object) = document else {
            throw PulpError(.systemState, "the access policy of \(viewset.name) is no object")
        }
        do { try apply(object, .replace) } catch {
            throw PulpError(.systemState, "the access policy of \(viewset.name) is damaged: \(error)")
        }
    }
}
