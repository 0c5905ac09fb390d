internal import COpenSSL
internal import Foundation
internal import Synchronization

/// Tells users by their passwords.
///
/// To verify a password takes time on purpose. One that was right is remembered for some minutes, by a digest that no other process
/// can make, and the user is looked up again every few seconds: a changed password and a disabled user count within that time.
public final class Authenticator: Sendable {
    private struct Known {
        var user: User
        var looked: ContinuousClock.Instant
        var verified: ContinuousClock.Instant
    }

    private static let lookAgain = Duration.seconds(5)
    private static let verifyAgain = Duration.seconds(600)
    private static let most = 1000
    /// In bytes: 150 characters of any kind.
    private static let longestName = 600

    private let database: any Database
    private let salt = UUID().uuidString
    /// Verified one after the other: who tries passwords keeps one thread busy, and not the server.
    private let thread = BlockingThreads(count: 1)
    private let known = Mutex<[[UInt8]: Known]>([:])
    /// Compared with when there is no such user, so that the answer takes as long.
    private let nobody = PasswordHash.nobody

    /// Tells the users of a database.
    public init(_ database: any Database) { self.database = database }

    /// The active user with a name and a password; nil when there is none, whatever is wrong.
    ///
    /// Takes as long for what can be no name or no password as for a wrong one.
    public func user(named name: String, password: String) async throws -> User? {
        guard !name.hasNUL, !password.hasNUL, name.utf8.count <= Self.longestName, password.utf8.count <= PasswordRules.longest else {
            _ = try await thread.run { [nobody] in nobody.matches("") }
            return nil
        }
        let key = digest(name, password)
        let now = ContinuousClock.now
        let remembered = known.withLock { $0[key] }.flatMap { now - $0.verified < Self.verifyAgain ? $0 : nil }
        if let remembered, now - remembered.looked < Self.lookAgain { return remembered.user }
        let found = try await database.read { db in try Users.find(named: name, in: db) }
        let isSame = found?.password != nil && found?.password == remembered?.user.password
        let hash = found?.password ?? nobody
        let isRight = if isSame { true } else { try await thread.run { hash.matches(password) } }
        guard isRight, let found, found.isActive else {
            known.withLock { $0[key] = nil }
            return nil
        }
        known.withLock { known in
            if known.count >= Self.most { known = [:] }
            known[key] = Known(user: found, looked: now, verified: isSame ? remembered?.verified ?? now : now)
        }
        return found
    }

    /// The active user whose session has a token; nil when there is none.
    ///
    /// A use puts the end of the session off, which is written down once an hour at most.
    public func session(_ token: String, at moment: Timestamp = .now) async throws -> UserSession? {
        guard let session = try await database.read({ db in try Sessions.find(token, at: moment, in: db) }) else { return nil }
        if session.isDue(at: moment) { try await database.write { db in try Sessions.extend(token, at: moment, in: db) } }
        return session
    }

    /// Neither the name nor the password can be told from it.
    private func digest(_ name: String, _ password: String) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 32)
        let bytes = Array("\(salt)\u{0}\(name)\u{0}\(password)".utf8)
        EVP_Digest(bytes, bytes.count, &result, nil, EVP_sha256(), nil)
        return result
    }
}
