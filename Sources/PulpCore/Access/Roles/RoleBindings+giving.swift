extension RoleBindings {
    /// Gives a role.
    /// - Throws: ``ValidationError`` when there is no such role, domain or object, when the role has no permission for the object, or
    ///   when the holder has the role for that already; ``PulpError`` with `notFound` when there is no such holder.
    @discardableResult
    public static func give(
        _ role: String, to holder: RoleBinding.Holder, for place: RoleBinding.Place = .everything, under rules: AccessRules,
        in db: any SQLConnection
    ) throws -> RoleBinding {
        try check(role, place, rules, in: db)
        let binding = matching(role, of: holder, for: place)
        if try !list(where: binding, limit: 1, in: db).isEmpty {
            throw ValidationError(nil, "The role is already assigned to this \(holder.noun).")
        }
        try insert(roles: [role], holders: holder.rows, object: place.object, domain: place.domain, in: db)
        guard let given = try list(where: binding, limit: 1, in: db).first else {
            throw PulpError(.notFound, "there is no such \(holder.noun)")
        }
        return given
    }

    /// Takes a role that was given.
    /// - Throws: ``PulpError`` with `notFound` when it was not.
    public static func take(
        _ role: String, from holder: RoleBinding.Holder, for place: RoleBinding.Place = .everything, in db: any SQLConnection
    ) throws {
        let keys = try keys(where: matching(role, of: holder, for: place), in: db)
        guard try db.execute("DELETE FROM role_binding WHERE id \(in: keys)") > 0 else {
            throw PulpError(.notFound, "the \(holder.noun) does not have the role \(role) for that")
        }
    }

    /// Takes the role that was given by a binding of a holder.
    /// - Returns: false when there is no such binding.
    @discardableResult
    public static func delete(_ id: ID<RoleBinding>, of holder: RoleBinding.Holder, in db: any SQLConnection) throws -> Bool {
        let keys = try keys(where: "t.uuid = \(id.uuid) AND \(sql: holder.condition)", in: db)
        return try db.execute("DELETE FROM role_binding WHERE id \(in: keys)") > 0
    }

    /// Forgets what was given for objects that are no more; one statement for any number.
    static func forget(objects prns: some Sequence<String>, in db: any SQLConnection) throws {
        try db.execute("DELETE FROM role_binding WHERE object \(in: prns)")
    }

    /// Forgets what was given for tasks that a condition on their table chooses.
    static func forget(tasks condition: SQL, in db: any SQLConnection) throws {
        try db.execute(
            """
            DELETE FROM role_binding WHERE object IN (SELECT 'prn:core.task:' || uuid FROM task WHERE \(sql: condition))
            """)
    }

    /// Forgets what was given for objects that went with another thing: publications with their repository, and the like.
    ///
    /// Their identities never come again, so until then it is only in the way.
    static func forgetVanished(under rules: AccessRules, in db: any SQLConnection) throws {
        for viewset in rules.viewsets {
            guard let model = viewset.model, let rows = viewset.rows else { continue }
            let prefix = "prn:\(model):"
            try db.execute(
                """
                DELETE FROM role_binding WHERE SUBSTR(object, 1, LENGTH(\(prefix))) = \(prefix)
                    AND NOT EXISTS (SELECT 1 FROM \(raw: rows.table) AS t WHERE \(sql: rows.have("role_binding.object", after: prefix)))
                """)
        }
    }

    /// A holder's bindings of a role for a place.
    static func matching(_ role: String, of holder: RoleBinding.Holder, for place: RoleBinding.Place) -> SQL {
        "\(sql: holder.condition) AND \(sql: place.condition) AND t.role IN (SELECT r.id FROM role AS r WHERE r.name = \(role))"
    }

    private static func keys(where condition: SQL, in db: any SQLConnection) throws -> [Int64] {
        try db.query("SELECT t.id FROM role_binding AS t WHERE \(sql: condition)").map { try $0.get(0) }
    }

    static func check(_ role: String, _ place: RoleBinding.Place, _ rules: AccessRules, in db: any SQLConnection) throws {
        guard let found = try Roles.find(named: role, in: db) else {
            throw ValidationError("role", "Object with name=\(role) does not exist.")
        }
        switch place {
        case .everything: break
        case .domain(let prn):
            if try db.first("SELECT 1 FROM domain WHERE prn = \(prn)") == nil {
                throw ValidationError("domain", "Invalid hyperlink - Object does not exist: \(prn)")
            }
        case .object(let prn):
            guard let viewset = rules.viewset(ofObject: prn), try viewset.hasRow(prn, in: db) else {
                throw ValidationError("content_object", "Invalid value: \(prn).")
            }
            if Set(found.permissions).isDisjoint(with: viewset.permissions) {
                throw ValidationError(nil, "The role '\(role)' does not carry any permission for that object.")
            }
        }
    }

    /// Users as holders.
    static func users(where condition: SQL) -> SQL {
        "SELECT u.id AS app_user, CAST(NULL AS BIGINT) AS app_group FROM app_user AS u WHERE \(sql: condition)"
    }

    /// Groups as holders.
    static func groups(where condition: SQL) -> SQL {
        "SELECT CAST(NULL AS BIGINT) AS app_user, g.id AS app_group FROM app_group AS g WHERE \(sql: condition)"
    }

    /// Binds each of the roles to each of the holders; what is bound already stays.
    /// - Parameter holders: a selection of `app_user` and `app_group`, one of them null.
    static func insert(
        roles: [String], holders: SQL, object: String? = nil, domain: String? = nil, in db: any SQLConnection
    ) throws {
        let pairs = try db.query(
            """
            SELECT r.id, h.app_user, h.app_group FROM role AS r CROSS JOIN (\(sql: holders)) AS h WHERE r.name \(in: roles)
            """)
        guard !pairs.isEmpty else { return }
        var rows = SQLRows([("uuid", .text), ("role", .integer), ("app_user", .integer), ("app_group", .integer)])
        for pair in pairs { rows.append([.text(UUIDv7.make())] + pair.values) }
        try db.execute(
            """
            INSERT INTO role_binding (uuid, role, app_user, app_group, object, domain, created)
            SELECT b.uuid, b.role, b.app_user, b.app_group, CAST(\(object) AS TEXT),
                (SELECT d.id FROM domain AS d WHERE d.prn = \(domain)), CAST(\(Timestamp.now) AS BIGINT)
            FROM \(rows: rows, as: "b") WHERE TRUE ON CONFLICT DO NOTHING
            """)
    }
}
