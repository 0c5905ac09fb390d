/// What somebody wants to do, as far as an ``AccessPolicy`` needs to know.
public struct AccessRequest: Sendable {
    /// Who it is; nil for somebody who did not say.
    public var user: User?
    /// The names of the user's groups.
    public var groups: Set<String>
    /// What is to be done: `list`, `create`, `retrieve`, `partial_update`, `sync`, ….
    public var action: String
    /// The PRN of what it is done to; nil for a list or a creation.
    public var object: String?
    /// The PRN of the repository or the group that the object belongs to, where it has no permissions of its own.
    public var parent: String?
    /// The PRNs of what the body names, by its members; a version stands for its repository.
    ///
    /// Nil while nobody has read the body.
    public var parameters: [String: String]?

    /// A wish; nobody has looked yet whether what it names exists.
    public init(
        _ action: String, by user: User?, groups: Set<String> = [], on object: String? = nil, in parent: String? = nil,
        naming parameters: [String: String]? = [:]
    ) {
        (self.action, self.user, self.groups) = (action, user, groups)
        (self.object, self.parent, self.parameters) = (object, parent, parameters)
    }
}

/// What follows from a policy for a request.
public enum AccessDecision: Sendable, Hashable {
    /// It may be done, whatever the body says.
    case allowed
    /// It may not be done, whatever the body says.
    case refused
    /// Nobody can tell before the body is read.
    case dependsOnBody
}

extension AccessPolicy {
    /// Whether something is allowed; see ``decide(_:permits:)``.
    public func allows(
        _ request: AccessRequest, permits: (Permission, String?, RoleBindings.Reach) throws -> Bool
    ) rethrows -> Bool {
        try decide(request, permits: permits) == .allowed
    }

    /// Decides: something is allowed when a statement allows it, and none forbids it.
    ///
    /// A condition that nobody understands never allows, and always forbids.
    /// - Parameter permits: whether the user has a permission by a role that is given so widely; asked with the PRN of the thing
    ///   that it is looked for on, if there is one.
    public func decide(
        _ request: AccessRequest, permits: (Permission, String?, RoleBindings.Reach) throws -> Bool
    ) rethrows -> AccessDecision {
        var (allowed, denied): (Bool?, Bool?) = (false, false)
        for statement in statements where statement.isAbout(request) {
            let isMet = try statement.isMet(by: request, permits: permits)
            switch statement.effect {
            case .allow: allowed = allowed == true || isMet == true ? true : isMet == nil ? nil : allowed
            case .deny where isMet == true: return .refused
            case .deny: if isMet == nil { denied = nil }
            }
        }
        switch (allowed, denied) {
        case (false?, _): return .refused
        case (true?, .some): return .allowed
        default: return .dependsOnBody
        }
    }
}

extension AccessPolicy.Statement {
    /// Whether it speaks of an action.
    func isFor(_ action: String) -> Bool { actions.contains("*") || actions.contains(action) }

    fileprivate func isAbout(_ request: AccessRequest) -> Bool {
        isFor(request.action) && principals.contains { isPrincipal($0, request) }
    }

    /// Whether all conditions are met; nil where that depends on a body which nobody has read.
    fileprivate func isMet(
        by request: AccessRequest, permits: (Permission, String?, RoleBindings.Reach) throws -> Bool
    ) rethrows -> Bool? {
        var isKnown = true
        for condition in conditions {
            // What nobody understands.
            guard let test = condition.test else {
                if effect == .allow { return false }
                continue
            }
            switch try test.isMet(by: request, permits: permits) {
            case true?: continue
            case false?: return false
            case nil: isKnown = false
            }
        }
        return isKnown ? true : nil
    }

    private func isPrincipal(_ principal: String, _ request: AccessRequest) -> Bool {
        switch (principal, request.user) {
        case ("*", _), ("anonymous", nil), ("authenticated", .some): return true
        case ("admin", let user?): return user.isAdministrator
        case ("staff", let user?): return user.isStaff
        case (_, let user?):
            if principal.hasPrefix("user:") { return principal.dropFirst(5) == user.name }
            if principal.hasPrefix("id:") { return principal.dropFirst(3) == "\(user.number)" }
            if principal.hasPrefix("group:") { return request.groups.contains(String(principal.dropFirst(6))) }
            return false
        case (_, nil): return false
        }
    }
}

extension AccessCondition.Test {
    fileprivate func isMet(
        by request: AccessRequest, permits: (Permission, String?, RoleBindings.Reach) throws -> Bool
    ) rethrows -> Bool? {
        switch subject {
        case .object: return try permits(permission, request.object, reach)
        case .parent: return try permits(permission, request.parent, reach)
        case .parameters(let names):
            guard let parameters = request.parameters else { return nil }
            guard let named = names.lazy.compactMap({ parameters[$0] }).first else { return true }
            return try permits(permission, named, reach)
        case .destination:
            guard let parameters = request.parameters else { return nil }
            // A unit in no repository is seen by nobody but administrators.
            guard let named = parameters["repository"] else { return request.user?.isAdministrator == true }
            return try permits(permission, named, reach)
        }
    }
}
