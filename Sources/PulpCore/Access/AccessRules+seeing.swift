extension AccessRules {
    /// The rows of a viewset that lists show somebody and hrefs find, as a condition on its table as `t`.
    /// - Parameter user: nil for somebody who did not say who it is.
    public func visible(to user: User?, in viewset: String, in db: any SQLConnection) throws -> SQL {
        if let user, user.isActive, user.isAdministrator { return "TRUE" }
        guard let known = self.viewset(named: viewset) else { return "FALSE" }
        guard try policy(of: viewset, in: db).isScoped else { return "TRUE" }
        guard let user, user.isActive else { return "FALSE" }
        switch known.scope {
        case .nothing: return "FALSE"
        case .viewable:
            guard let permission = known.viewPermission, let rows = known.rows else { return "FALSE" }
            return RoleBindings.condition(allowing: user, permission, prn: rows.prn, domain: rows.domain)
        case .kinds(let table): return try visible(to: user, of: viewsets(of: table), in: db)
        case .units: return try held(by: visible(to: user, of: viewsets(of: .repository), in: db))
        case .versions:
            let repositories = try visible(to: user, of: viewsets(of: .repository), in: db)
            return "t.repository IN (SELECT t.id FROM repository AS t WHERE \(sql: repositories))"
        case .taskGroups:
            let tasks = try visible(to: user, in: "tasks", in: db)
            return "t.id IN (SELECT t.task_group FROM task AS t WHERE t.task_group IS NOT NULL AND \(sql: tasks))"
        }
    }

    /// Whether hrefs find a thing of a viewset for somebody.
    public func isVisible(_ prn: String, to user: User?, in viewset: Viewset, in db: any SQLConnection) throws -> Bool {
        guard let rows = viewset.rows else { return false }
        return try rows.contains(prn, where: visible(to: user, in: viewset.name, in: db), in: db)
    }

    /// The rows of a table with resources of several kinds that lists show a user, as a condition on it as `t`.
    public func visible(to user: User, kinds: [any Resource.Type], in db: any SQLConnection) throws -> SQL {
        try visible(to: user, of: kinds.compactMap { viewset(named: $0.accessPath) }, in: db)
    }

    private func visible(to user: User, of viewsets: [Viewset], in db: any SQLConnection) throws -> SQL {
        if user.isActive, user.isAdministrator { return "TRUE" }
        let conditions = try viewsets.map { viewset -> SQL in
            "(t.type = \(viewset.rows?.type) AND \(sql: try visible(to: user, in: viewset.name, in: db)))"
        }
        return conditions.isEmpty ? "FALSE" : "(\(sql: conditions.joined(separator: " OR ")))"
    }

    /// The units that lists show a user, as a condition on the table `content` as `t`: those that a repository holds, or held, that
    /// the user may see.
    /// - Parameter repositories: the kinds of repository.
    public func visibleContent(to user: User, repositories: [any Resource.Type], in db: any SQLConnection) throws -> SQL {
        if user.isActive, user.isAdministrator { return "TRUE" }
        return held(by: try visible(to: user, kinds: repositories, in: db))
    }

    private func held(by repositories: SQL) -> SQL {
        """
        t.id IN (
            SELECT held.content FROM repository_content AS held
            WHERE held.repository IN (SELECT t.id FROM repository AS t WHERE \(sql: repositories)))
        """
    }
}
