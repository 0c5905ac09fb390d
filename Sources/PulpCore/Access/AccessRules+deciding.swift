extension AccessRules {
    /// Whether somebody may do something, by the policy of a viewset as it stands, and the roles that were given.
    /// - Parameter domain: the key of the domain that the request is about.
    public func allows(
        _ request: AccessRequest, in viewset: String, domain: Int64 = RoleBindings.defaultDomain, in db: any SQLConnection
    ) throws -> Bool {
        if let user = request.user, !user.isActive { return false }
        return try policy(of: viewset, in: db).allows(request) { permission, object, reach in
            guard let user = request.user else { return false }
            let object = try object.map { try Self.holder(of: $0, in: db) }
            return try RoleBindings.allows(user, permission, on: object, domain: domain, by: reach, in: db)
        }
    }

    /// What holds for a viewset: what an operator said, or else what it comes with.
    public func policy(of viewset: String, in db: any SQLConnection) throws -> AccessPolicy {
        guard let known = self.viewset(named: viewset) else { return .administratorsOnly }
        let document = try db.value("SELECT document FROM access_policy WHERE viewset_name = \(viewset)", as: JSON?.self) ?? nil
        return try AccessPolicy(stored: document, of: known)
    }

    /// The rows of a viewset that lists show a user and hrefs find, as a condition on its table as `t`.
    public func visible(to user: User, in viewset: String, in db: any SQLConnection) throws -> SQL {
        guard let known = self.viewset(named: viewset) else { return user.isAdministrator ? "TRUE" : "FALSE" }
        guard try policy(of: viewset, in: db).isScoped, let permission = known.viewPermission, let rows = known.rows else { return "TRUE" }
        return RoleBindings.condition(allowing: user, permission, prn: rows.prn, domain: rows.domain)
    }

    /// The rows of a table with resources of several kinds that lists show a user, as a condition on it as `t`.
    public func visible(to user: User, kinds: [any Resource.Type], in db: any SQLConnection) throws -> SQL {
        if user.isActive, user.isAdministrator { return "TRUE" }
        let conditions = try kinds.map { kind -> SQL in
            "(t.type = \(kind.typeName) AND \(sql: try visible(to: user, in: kind.accessPath, in: db)))"
        }
        return conditions.isEmpty ? "FALSE" : "(\(sql: conditions.joined(separator: " OR ")))"
    }

    /// The units that lists show a user, as a condition on the table `content` as `t`: those that a repository holds, or held, that
    /// the user may see.
    /// - Parameter repositories: the kinds of repository.
    public func visibleContent(to user: User, repositories: [any Resource.Type], in db: any SQLConnection) throws -> SQL {
        if user.isActive, user.isAdministrator { return "TRUE" }
        let condition = try visible(to: user, kinds: repositories, in: db)
        return """
            t.id IN (
                SELECT held.content FROM repository_content AS held
                WHERE held.repository IN (SELECT t.id FROM repository AS t WHERE \(sql: condition)))
            """
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
        guard let number = creator?.number, let viewset = viewset(ofObject: prn) else { return }
        let hooks = try policy(of: viewset.name, in: db).creationHooks ?? []
        let own = hooks.filter { $0.function == .addRolesForCreator }.flatMap(\.roles) + roles
        // An administrator may do everything already.
        let holder = RoleBindings.users(where: "u.id = \(number) AND NOT u.is_superuser")
        if !own.isEmpty { try RoleBindings.insert(roles: own, holders: holder, object: prn, in: db) }
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
