internal import Synchronization

/// Finds the rules of content guards, and asks them.
public final class ContentAccess: Sendable {
    private struct Known {
        let generation: CatalogueGeneration
        var rules: [Int64: GuardRule] = [:]
    }

    private let database: any Database
    private let kinds: [any ContentGuardKind.Type]
    private let resources: Resources
    /// The rules of one state of the catalogue, by the keys of their guards: every path that one guards shares it.
    private let known = Mutex<Known?>(nil)
    /// Made when the first guard asks for a user: it has a thread.
    private let authenticator = Mutex<Authenticator?>(nil)

    /// - Parameter kinds: the kinds of guard that are known; those of other kinds let nobody in.
    public init(database: any Database, kinds: [any ContentGuardKind.Type], resources: Resources) {
        (self.database, self.kinds, self.resources) = (database, kinds, resources)
    }

    /// What the guard in a row asks.
    /// - Parameter generation: the catalogue's, in the snapshot of the connection.
    func rule(of key: Int64, at generation: CatalogueGeneration, in db: any SQLConnection) throws -> GuardRule {
        if let rule = known.withLock({ $0?.generation == generation ? $0?.rules[key] : nil }) { return rule }
        let rule = try GuardRule(of: key, kinds, resources, in: db)
        known.withLock { known in
            if let newer = known?.generation, newer > generation { return }
            if known?.generation != generation { known = Known(generation: generation) }
            known?.rules[key] = rule
        }
        return rule
    }

    /// The verdict on a request.
    /// - Throws: ``DatabaseError`` when it takes the database, and that is away.
    func verdict(of rule: GuardRule, on request: GuardedRequest) async throws -> GuardVerdict {
        try await rule.verdict(on: request) { permission, prn in
            try await verdict(on: request.credentials, having: permission, on: prn)
        }
    }

    private func verdict(on credentials: ClientCredentials, having permission: Permission, on prn: String) async throws -> GuardVerdict {
        let headers = Set(credentials.values(of: "authorization"))
        guard let header = headers.first else { return .denied("Authentication credentials were not provided.") }
        guard headers.count == 1, let password = PasswordCredentials(authorization: header),
            let user = try await users.user(named: password.name, password: password.password)
        else { return .denied("Invalid username/password.") }
        // Whom a role was taken from is not let in any more.
        let isAllowed =
            if user.isAdministrator { true } else {
                try await database.read { db in try RoleBindings.allows(user, permission, on: prn, in: db) }
            }
        return isAllowed ? .permitted : .denied("You do not have permission to perform this action.")
    }

    private var users: Authenticator {
        authenticator.withLock { known in
            if let known { return known }
            let made = Authenticator(database)
            known = made
            return made
        }
    }
}
