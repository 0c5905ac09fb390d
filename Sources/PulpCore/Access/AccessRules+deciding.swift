extension AccessRules {
    /// Whether somebody may do something, by the policy of a viewset as it stands, and the roles that were given.
    /// - Parameter domain: the key of the domain that the request is about.
    public func allows(
        _ request: AccessRequest, in viewset: String, domain: Int64 = RoleBindings.defaultDomain, in db: any SQLConnection
    ) throws -> Bool {
        try decide(request, in: viewset, domain: domain, in: db) == .allowed
    }

    /// The same, where the request's body may not be read yet.
    ///
    /// The groups of the user are looked up where the policy asks for them.
    public func decide(
        _ request: AccessRequest, in viewset: String, domain: Int64 = RoleBindings.defaultDomain, in db: any SQLConnection
    ) throws -> AccessDecision {
        var request = request
        if let user = request.user, !user.isActive { return .refused }
        let policy = try policy(of: viewset, in: db)
        if let user = request.user, request.groups.isEmpty, policy.namesGroups(for: request.action) {
            request.groups = Set(try Groups.groups(of: [user], in: db)[user.number, default: []].map(\.name))
        }
        return try policy.decide(request) { permission, object, reach in
            guard let user = request.user else { return false }
            let object = try object.map { try Self.holder(of: $0, in: db) }
            return try RoleBindings.allows(user, permission, on: object, domain: domain, by: reach, in: db)
        }
    }

    /// What holds for a viewset: what an operator said, or else what it comes with.
    ///
    /// What another process changed counts after a second at the latest.
    public func policy(of viewset: String, in db: any SQLConnection) throws -> AccessPolicy {
        guard let known = self.viewset(named: viewset) else { return .administratorsOnly }
        return try custom.current { try changed(in: db) }[viewset]?.get() ?? known.policy
    }

    private func changed(in db: any SQLConnection) throws -> CustomPolicies.Policies {
        var policies: CustomPolicies.Policies = [:]
        for row in try db.query("SELECT viewset_name, document FROM access_policy WHERE document IS NOT NULL") {
            guard let viewset = viewset(named: try row.get(0)) else { continue }
            let document = try row.get(1, as: JSON.self)
            // A damaged one keeps everybody away from its viewset, and from no other.
            policies[viewset.name] = Result { try AccessPolicy(stored: document, of: viewset) }
        }
        return policies
    }

    /// Whether a policy that an operator changed gives something to whoever has this name, of a user.
    public func namesUser(_ name: String, in db: any SQLConnection) throws -> Bool {
        try custom.current { try changed(in: db) }.values.contains { try $0.get().namesUser(name) }
    }

    /// Gives who made something the roles that the policy says, in the transaction that makes it.
    ///
    /// They go to the creator and to nobody else, but for those whom an operator named in the policy.
    /// - Parameters:
    ///   - prn: what was made.
    ///   - creator: who made it; nil when nobody is known.
    public func didCreate(_ prn: String, by creator: ID<User>?, in db: any SQLConnection) throws {
        try didCreate(prn, by: creator, besides: [], in: db)
    }

    /// The same for a task, whose creator is also marked as such.
    func didCreateTask(in db: any SQLConnection, _ id: ID<TaskRecord>, by creator: ID<User>) throws {
        try didCreate(id.prn, by: creator, besides: [Viewset.dispatcher], in: db)
    }

    private func didCreate(_ prn: String, by creator: ID<User>?, besides roles: [String], in db: any SQLConnection) throws {
        guard let creator, let number = creator.number, let viewset = viewset(ofObject: prn) else { return }
        let hooks = try policy(of: viewset.name, in: db).creationHooks ?? []
        // An administrator may do everything already.
        let isAdministrator = TaskOrigin.current.map { $0.isAdministrator && $0.user == creator } ?? false
        let own = isAdministrator ? [] : hooks.filter { $0.function == .addRolesForCreator }.flatMap(\.roles) + roles
        if !own.isEmpty {
            let holder = RoleBindings.users(where: "u.id = \(number) AND NOT u.is_superuser")
            try RoleBindings.insert(roles: own, holders: holder, object: prn, in: db)
        }
        for hook in hooks where !hook.holders.isEmpty { try hook.giveToHolders(on: prn, in: db) }
    }

    /// What has the permissions on a thing: for a version its repository, for all others they themselves.
    private static func holder(of prn: String, in db: any SQLConnection) throws -> String {
        let version = "prn:core.repositoryversion:"
        guard prn.hasPrefix(version) else { return prn }
        let uuid = prn.dropFirst(version.count)
        return try db.value(
            """
            SELECT r.prn FROM repository AS r JOIN repository_version AS v ON v.repository = r.id WHERE v.uuid = \(String(uuid))
            """, as: String.self) ?? prn
    }
}
