internal import COpenSSL

/// A login that a browser continues with a token, in place of a name and a password each time.
public struct UserSession: Sendable, Hashable {
    /// Who logged in, as the user is now.
    public let user: User
    /// What a page of ours sends with every change, and no other page knows.
    public let csrfToken: String
    /// When the session ends, unless it is used before.
    public let expires: Timestamp

    /// Whether so much of its time has passed that its end is to be put off.
    public func isDue(at moment: Timestamp = .now) -> Bool { expires < moment + Sessions.lifetime - Sessions.interval }
}

/// Begins, finds and ends sessions, within a caller's transaction; the database has only digests of their tokens.
public enum Sessions {
    /// How long a session lasts after its last use.
    public static let lifetime = Duration.seconds(14 * 86_400)
    /// How seldom a use is written down.
    static let interval = Duration.seconds(3600)

    /// Begins a session, and forgets those that are over.
    /// - Returns: the token, which nobody is told again.
    /// - Throws: ``PulpError`` with `systemState` when the system gives no random bytes.
    public static func begin(
        for user: User, at moment: Timestamp = .now, in db: any SQLConnection
    ) throws -> (
        token: String, session: UserSession
    ) {
        let (token, csrf) = (try randomToken(), try randomToken())
        try sweep(at: moment, in: db)
        let expires = moment + lifetime
        try db.execute(
            """
            INSERT INTO user_session (digest, app_user, csrf_token, created, expires)
            VALUES (\(digest(of: token)), \(user.number), \(csrf), \(moment), \(expires))
            """)
        return (token, UserSession(user: user, csrfToken: csrf, expires: expires))
    }

    /// The session with a token; nil when there is none any more, or its user may not log in.
    public static func find(_ token: String, at moment: Timestamp = .now, in db: any SQLConnection) throws -> UserSession? {
        let row = try db.first(
            """
            SELECT app_user, csrf_token, expires FROM user_session WHERE digest = \(digest(of: token)) AND expires > \(moment)
            """)
        guard let row, let user = try Users.find(User.id(try row.get(0)), in: db), user.isActive else { return nil }
        return UserSession(user: user, csrfToken: try row.get(1), expires: try row.get(2))
    }

    /// Puts off the end of a session that was used.
    public static func extend(_ token: String, at moment: Timestamp = .now, in db: any SQLConnection) throws {
        try db.execute(
            """
            UPDATE user_session SET expires = \(moment + lifetime) WHERE digest = \(digest(of: token)) AND expires > \(moment)
            """)
    }

    /// Ends a session.
    /// - Returns: false when there is none.
    @discardableResult
    public static func end(_ token: String, in db: any SQLConnection) throws -> Bool {
        try db.execute("DELETE FROM user_session WHERE digest = \(digest(of: token))") == 1
    }

    /// Ends all sessions of a user.
    public static func end(of user: ID<User>, in db: any SQLConnection) throws {
        try db.execute("DELETE FROM user_session WHERE app_user = \(user.number ?? 0)")
    }

    /// Forgets the sessions that are over.
    /// - Returns: how many there were.
    @discardableResult
    public static func sweep(at moment: Timestamp = .now, in db: any SQLConnection) throws -> Int {
        try db.execute("DELETE FROM user_session WHERE expires <= \(moment)")
    }

    /// 256 bits that nobody can guess, in hexadecimal.
    private static func randomToken() throws -> String {
        OpenSSL.prepare()
        var bytes = [UInt8](repeating: 0, count: 32)
        guard RAND_bytes(&bytes, 32) == 1 else { throw PulpError(.systemState, "the system gives no random bytes") }
        return Hex.string(bytes)
    }

    /// Who reads the database cannot log in with it; the token is long and random, so it needs no salt.
    private static func digest(of token: String) -> String {
        OpenSSL.prepare()
        var result = [UInt8](repeating: 0, count: 32)
        let bytes = Array(token.utf8)
        EVP_Digest(bytes, bytes.count, &result, nil, EVP_sha256(), nil)
        return Hex.string(result)
    }
}
