/// Stores, finds and deletes users, within a caller's transaction.
public enum Users {
    /// The name of the user who is made at the first start.
    public static let administrator = "admin"

    private static let columns = """
        t.id, t.username, t.password, t.first_name, t.last_name, t.email, t.is_superuser, t.is_staff, t.is_active, t.date_joined
        """

    /// Users, the youngest first unless another order is given.
    /// - Parameter condition: on the table as `t`; so is the order.
    public static func list(
        where condition: SQL = "TRUE", order: SQL = "t.date_joined DESC, t.id DESC", limit: Int = .max, offset: Int = 0,
        in db: any SQLConnection
    ) throws -> [User] {
        try db.query(
            """
            SELECT \(raw: columns) FROM app_user AS t WHERE \(sql: condition) ORDER BY \(sql: order) LIMIT \(limit) OFFSET \(offset)
            """
        ).map(User.init)
    }

    /// How many users meet a condition on the table as `t`.
    public static func count(where condition: SQL = "TRUE", in db: any SQLConnection) throws -> Int {
        try db.value("SELECT COUNT(*) FROM app_user AS t WHERE \(sql: condition)", as: Int.self) ?? 0
    }

    /// The user with a name; nil when there is none.
    public static func find(named name: String, in db: any SQLConnection) throws -> User? {
        try list(where: "t.username = \(name)", in: db).first
    }

    /// The user with an identity; nil when there is none.
    public static func find(_ id: ID<User>, in db: any SQLConnection) throws -> User? {
        guard let number = id.number else { return nil }
        return try list(where: "t.id = \(number)", in: db).first
    }

    /// Stores a new user.
    /// - Throws: ``ValidationError`` when a field is refused, or the name is taken.
    public static func insert(_ user: User, in db: any SQLConnection) throws -> User {
        try check(user, in: db)
        let number = try db.value(
            """
            INSERT INTO app_user (
                username, password, first_name, last_name, email, is_superuser, is_staff, is_active, date_joined)
            VALUES (\(user.name), \(user.password?.text), \(user.firstName), \(user.lastName), \(user.email),
                \(user.isAdministrator), \(user.isStaff), \(user.isActive), \(user.joined))
            RETURNING id
            """, as: Int64.self)
        guard let number, let stored = try find(User.id(number), in: db) else { throw DatabaseError(.other, "a user was not inserted") }
        return stored
    }

    /// Stores a changed user; another password, and the end of being active, end the user's sessions.
    /// - Throws: ``ValidationError`` when a field is refused, the name is taken, or nobody who can administer would remain;
    ///   ``PulpError`` with `notFound` when there is no such user.
    public static func update(_ user: User, in db: any SQLConnection) throws {
        try db.lock("administrators")
        guard let previous = try find(user.id, in: db) else { throw PulpError(.notFound, "there is no user \(user.id)") }
        try check(user, in: db)
        if !user.canAdminister, try isLastAdministrator(previous, in: db) {
            throw ValidationError("is_active", "\(user.name) is the last administrator who can log in.")
        }
        try db.execute(
            """
            UPDATE app_user SET username = \(user.name), password = \(user.password?.text), first_name = \(user.firstName),
                last_name = \(user.lastName), email = \(user.email), is_superuser = \(user.isAdministrator),
                is_staff = \(user.isStaff), is_active = \(user.isActive)
            WHERE id = \(user.number)
            """)
        if user.password != previous.password || !user.isActive { try Sessions.end(of: user.id, in: db) }
    }

    /// Deletes a user, with the sessions and the roles.
    /// - Parameter actor: who deletes; nil for who works on the machine itself.
    /// - Throws: ``PulpError`` with `notFound` when there is none, with `protected` when it is the actor, or the last who can
    ///   administer.
    public static func delete(_ id: ID<User>, by actor: ID<User>? = nil, in db: any SQLConnection) throws {
        try db.lock("administrators")
        guard let user = try find(id, in: db) else { throw PulpError(.notFound, "there is no user \(id)") }
        if id == actor { throw PulpError(.protected, "\(user.name) cannot delete the user \(user.name)") }
        if try isLastAdministrator(user, in: db) {
            throw PulpError(.protected, "\(user.name) is the last administrator who can log in")
        }
        try RoleBindings.forget(objects: [id.prn], in: db)
        try db.execute("DELETE FROM app_user WHERE id = \(user.number)")
    }

    /// Gives the administrator a password; makes the administrator when there is none.
    public static func setAdministrator(password: PasswordHash, in db: any SQLConnection) throws {
        try db.execute(
            """
            INSERT INTO app_user (username, password, is_superuser, is_staff, is_active, date_joined)
            VALUES (\(administrator), \(password.text), TRUE, TRUE, TRUE, \(Timestamp.now))
            ON CONFLICT (username) DO UPDATE SET password = excluded.password, is_superuser = TRUE, is_active = TRUE
            """)
        if let user = try find(named: administrator, in: db) { try Sessions.end(of: user.id, in: db) }
    }

    private static func isLastAdministrator(_ user: User, in db: any SQLConnection) throws -> Bool {
        guard user.canAdminister else { return false }
        return try count(where: "t.is_superuser AND t.is_active AND t.id <> \(user.number)", in: db) == 0
    }

    private static func check(_ user: User, in db: any SQLConnection) throws {
        var problems: [ValidationError.Problem] = []
        for field in User.fields {
            do throws(InvalidField) { try field.check(user) } catch {
                problems.append(.init(field: field.name, message: error.message))
            }
        }
        if try db.first("SELECT 1 FROM app_user WHERE username = \(user.name) AND id <> \(user.number)") != nil {
            problems.append(.init(field: "username", message: "This field must be unique."))
        }
        guard problems.isEmpty else { throw ValidationError(problems: problems) }
    }
}

extension User {
    fileprivate var canAdminister: Bool { isAdministrator && isActive }

    fileprivate init(_ row: Row) throws {
        number = try row.get(0)
        name = try row.get(1)
        password = try row.get(2, as: String?.self).map(PasswordHash.init(stored:))
        (firstName, lastName, email) = (try row.get(3), try row.get(4), try row.get(5))
        (isAdministrator, isStaff, isActive) = (try row.get(6), try row.get(7), try row.get(8))
        joined = try row.get(9)
    }
}

extension Pulp {
    /// Sees to it that there is an administrator.
    ///
    /// Writes nothing where nothing is to be changed: any number of processes may start with the same password.
    /// - Parameters:
    ///   - password: of a new one.
    ///   - isReplacing: whether one that is there gets the password too.
    public func ensureAdministrator(password: String, isReplacing: Bool = false) async throws {
        let known = try await database.read { db in try Users.find(named: Users.administrator, in: db) }
        if let known, !isReplacing || (known.isActive && known.isAdministrator && known.password?.matches(password) == true) { return }
        let hash = try PasswordHash(password)
        try await database.write { db in try Users.setAdministrator(password: hash, in: db) }
    }
}
