extension AccessRules {
    /// Sees to it that the database has the locked roles, and a row for the policy of each viewset.
    ///
    /// Writes nothing where nothing is to be changed. Roles of plugins that this program does not have stay as they are.
    func store(in database: any Database) async throws {
        let isComplete = try await database.read { db in try missingRoles(in: db).isEmpty && missingPolicies(in: db).isEmpty }
        if isComplete { return }
        try await database.write { db in
            try db.lock("access rules")
            try store(roles: missingRoles(in: db), in: db)
            try store(policies: missingPolicies(in: db), in: db)
        }
    }

    /// The roles that are not in the database, or are others there.
    private func missingRoles(in db: any SQLConnection) throws -> [LockedRole] {
        let known = try Roles.list(where: "t.locked", in: db)
        let stored = Set(known.map { LockedRole($0.name, $0.description, $0.permissions) })
        return viewsets.flatMap(\.roles).filter { !stored.contains(LockedRole($0.name, $0.description, $0.permissions.sorted())) }
    }

    private func store(roles: [LockedRole], in db: any SQLConnection) throws {
        guard !roles.isEmpty else { return }
        var rows = SQLRows([("prn", .text), ("name", .text), ("description", .text)])
        for role in roles { rows.append([Role(name: role.name, permissions: []).id.sql, .text(role.name), role.description.sql]) }
        let now = Timestamp.now
        // One of that name that an operator made becomes the program's.
        let stored = try db.query(
            """
            INSERT INTO role (prn, name, description, locked, created, updated)
            SELECT r.prn, r.name, r.description, TRUE, CAST(\(now) AS BIGINT), CAST(\(now) AS BIGINT)
            FROM \(rows: rows, as: "r") WHERE TRUE
            ON CONFLICT (name) DO UPDATE SET description = excluded.description, locked = TRUE, updated = excluded.updated
            RETURNING id, name
            """)
        let permissions = Dictionary(roles.map { ($0.name, $0.permissions) }, uniquingKeysWith: { first, _ in first })
        try Roles.setPermissions(stored.map { (try $0.get(0), permissions[try $0.get(1)] ?? []) }, in: db)
    }

    private func missingPolicies(in db: any SQLConnection) throws -> [String] {
        let known = try Set(db.query("SELECT viewset_name FROM access_policy").map { try $0.get(0, as: String.self) })
        return viewsets.map(\.name).filter { !known.contains($0) }
    }

    private func store(policies: [String], in db: any SQLConnection) throws {
        guard !policies.isEmpty else { return }
        var rows = SQLRows([("prn", .text), ("name", .text)])
        for name in policies { rows.append([.text("prn:core.accesspolicy:\(UUIDv7.make())"), .text(name)]) }
        let now = Timestamp.now
        try db.execute(
            """
            INSERT INTO access_policy (prn, viewset_name, created, updated)
            SELECT r.prn, r.name, CAST(\(now) AS BIGINT), CAST(\(now) AS BIGINT) FROM \(rows: rows, as: "r") WHERE TRUE
            ON CONFLICT (viewset_name) DO NOTHING
            """)
    }
}
