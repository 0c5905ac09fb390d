import PulpCore

/// Who asks for what, and what the access rules say of it.
///
/// Administrators may do everything: for them nothing is looked up.
struct RequestAccess: Sendable {
    let rules: AccessRules
    /// Nil for one who does not say who it is.
    let user: User?
    /// What access policies call the paths and the operation.
    let viewset: String
    let action: String
    /// The PRN of what the path names; nil for a list, and for what has no model of its own.
    let object: String?
    /// The PRN of that to which the path's things belong.
    let parent: String?
    /// Whether nobody can tell yet whether it is permitted: see ``permit(naming:in:)``.
    private(set) var dependsOnBody = false
    private let paths: ResourcePaths

    init(_ rules: AccessRules, _ user: User?, to operation: Operation, of match: Router.Match) {
        let paths = match.endpoint.paths
        (self.rules, self.user, self.paths) = (rules, user, paths)
        (viewset, action) = (paths.name, operation.policyAction)
        func prn(_ viewset: String, _ key: String) -> String? {
            guard let last = match.parameters[key], let model = rules.viewset(named: viewset)?.model else { return nil }
            return "prn:\(model):\(last)"
        }
        object = prn(viewset, paths.key)
        parent = paths.owner.flatMap { prn($0.viewset, $0.key) }
    }

    /// Whether everything is permitted and everything is seen.
    var isUnrestricted: Bool { user.map { $0.isActive && $0.isAdministrator } ?? false }

    /// Who asks.
    /// - Throws: ``APIError`` with 401 for one who does not say it.
    func identified() throws -> User {
        guard let user else { throw APIError.unauthorized() }
        return user
    }

    /// The same, once it is known that the operation is permitted, or may be by what the body names.
    /// - Throws: ``APIError``: with 404 when the path names what who asks does not see, be it there or not; with 401 or 403 when the
    ///   operation is not permitted.
    func admitted(to operation: Operation, _ database: any Database) async throws -> RequestAccess {
        if operation.isPublic || isUnrestricted { return self }
        if operation.audience == .authenticated {
            _ = try identified()
            return self
        }
        let decision = try await database.read { db in
            try requireVisible(in: db)
            return try decide(naming: operation.request == nil ? [:] : nil, in: db)
        }
        if decision == .refused { throw refusal }
        var access = self
        access.dependsOnBody = decision == .dependsOnBody
        return access
    }

    /// Decides what could not be decided before the body was read.
    /// - Parameter parameters: the PRNs of what the body names, by its members.
    /// - Throws: ``APIError`` with 401 or 403 when the operation is not permitted with these.
    func permit(naming parameters: [String: String], in db: any SQLConnection) throws {
        guard dependsOnBody else { return }
        guard try decide(naming: parameters, in: db) == .allowed else { throw refusal }
    }

    /// The rows of the paths' table that lists show who asks, as a condition on it as `t`; nil for all.
    func visible(in db: any SQLConnection) throws -> SQL? {
        isUnrestricted ? nil : try rules.visible(to: user, in: viewset, in: db)
    }

    private func decide(naming parameters: [String: String]?, in db: any SQLConnection) throws -> AccessDecision {
        try rules.decide(AccessRequest(action, by: user, on: object, in: parent, naming: parameters), in: viewset, in: db)
    }

    /// To one who gives no name, nothing is said of what there is.
    private var refusal: APIError { user == nil ? .unauthorized() : .forbidden }

    private func requireVisible(in db: any SQLConnection) throws {
        if let owner = paths.owner { try requireVisible(parent, owner.viewset, paths.ownerNoun, in: db) }
        try requireVisible(object, viewset, paths.noun, in: db)
    }

    private func requireVisible(_ prn: String?, _ viewset: String, _ noun: String, in db: any SQLConnection) throws {
        guard let prn, let known = rules.viewset(named: viewset), known.rows != nil else { return }
        if try rules.isVisible(prn, to: user, in: known, in: db) { return }
        throw user == nil ? .unauthorized() : APIError.notFound(noun)
    }
}
