/// A role that somebody was given, and for what.
public struct RoleBinding: Sendable, Hashable {
    /// Who was given a role.
    public enum Holder: Sendable, Hashable {
        /// A user.
        case user(ID<User>)
        /// All members of a group.
        case group(ID<Group>)
    }

    /// What a role was given for.
    public enum Place: Sendable, Hashable {
        /// All there is.
        case everything
        /// One domain, by its PRN.
        case domain(String)
        /// One object, by its PRN.
        case object(String)
    }

    /// What the database refers to the binding by.
    public let key: Int64
    /// `prn:core.userrole:<uuid>` or `prn:core.grouprole:<uuid>`.
    public let id: ID<RoleBinding>
    /// The name of the role.
    public let role: String
    /// What the role is for.
    public let description: String?
    /// What the role allows, sorted.
    public let permissions: [Permission]
    /// Who has it.
    public let holder: Holder
    /// What it was given for.
    public let place: Place
    /// When it was given.
    public let created: Timestamp
}

extension RoleBinding.Holder {
    /// The model of bindings to such a holder.
    var model: String {
        switch self {
        case .user: "core.userrole"
        case .group: "core.grouprole"
        }
    }

    /// The bindings `t` of the holder alone.
    var condition: SQL {
        switch self {
        case .user(let id): "t.app_user = \(id.number ?? 0)"
        case .group(let id): "t.app_group = \(id.number ?? 0)"
        }
    }

    /// The holder as ``RoleBindings/insert(roles:holders:object:domain:in:)`` wants it.
    var rows: SQL {
        switch self {
        case .user(let id): RoleBindings.users(where: "u.id = \(id.number ?? 0)")
        case .group(let id): RoleBindings.groups(where: "g.id = \(id.number ?? 0)")
        }
    }

    /// What the holder is called in a message.
    var noun: String {
        switch self {
        case .user: "user"
        case .group: "group"
        }
    }
}

extension RoleBinding.Place {
    /// The object, when it is one.
    public var object: String? { if case .object(let prn) = self { prn } else { nil } }
    /// The domain, when it is one.
    public var domain: String? { if case .domain(let prn) = self { prn } else { nil } }

    /// The bindings `t` for this place alone.
    var condition: SQL {
        switch self {
        case .everything: "t.object IS NULL AND t.domain IS NULL"
        case .domain(let prn): "t.domain = (SELECT d.id FROM domain AS d WHERE d.prn = \(prn))"
        case .object(let prn): "t.object = \(prn)"
        }
    }
}
