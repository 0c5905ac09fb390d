/// Somebody who may use the API.
public struct User: Sendable, Hashable {
    /// What others refer to the user by.
    public let number: Int64
    /// The name to log in with.
    public let name: String
    /// What is kept of the password; nil for a user who cannot log in with one.
    public let password: PasswordHash?
    /// Whether the user may do everything.
    public let isAdministrator: Bool
    /// Whether the user may log in.
    public let isActive: Bool
    /// When the user was made.
    public let joined: Timestamp

    /// `prn:auth.user:1`.
    public var id: ID<User> { Self.id(number) }

    static func id(_ number: Int64) -> ID<User> { ID(prn: "prn:auth.user:\(number)") }
}

extension ID where Resource == User {
    /// What the database refers to the user by; nil when the PRN is none of a user.
    var number: Int64? { Int64(uuid) }
}

/// Finds and changes users, within a caller's transaction.
public enum Users {
    /// The name of the user who is made at the first start.
    public static let administrator = "admin"

    /// The user with a name; nil when there is none.
    public static func find(named name: String, in db: any SQLConnection) throws -> User? {
        try db.first("SELECT id, username, password, is_superuser, is_active, date_joined FROM app_user WHERE username = \(name)")
            .map { row in
                User(
                    number: try row.get(0), name: try row.get(1),
                    password: try row.get(2, as: String?.self).map(PasswordHash.init(stored:)), isAdministrator: try row.get(3),
                    isActive: try row.get(4), joined: try row.get(5))
            }
    }

    /// Gives the administrator a password; makes the administrator when there is none.
    public static func setAdministrator(password: PasswordHash, in db: any SQLConnection) throws {
        try db.execute(
            """
            INSERT INTO app_user (username, password, is_superuser, is_staff, is_active, date_joined)
            VALUES (\(administrator), \(password.text), TRUE, TRUE, TRUE, \(Timestamp.now))
            ON CONFLICT (username) DO UPDATE SET password = excluded.password, is_superuser = TRUE, is_active = TRUE
            """)
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
