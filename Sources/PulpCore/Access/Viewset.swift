/// A part of the API that has its own rules: `repositories/file/file`, with what can be done to things of its model.
///
/// Derived from the schemas of the kinds, so that nothing is said twice: see ``AccessRules``.
public struct Viewset: Sendable {
    /// Where the things of a viewset are stored.
    public struct Rows: Sendable {
        /// The column that tells a row from others, and is the last part of its PRN, or all of it.
        enum Key: String { case prn, uuid, id }

        /// The table.
        public let table: String
        let key: Key
        /// The kind's type, where others share the table.
        let type: String?
        /// A row's PRN in SQL, on the table as `t`.
        public let prn: SQL
        /// The key of a row's domain in SQL, on the table as `t`.
        public let domain: SQL

        init(_ table: String, of model: String, key: Key = .prn, type: String? = nil, hasDomain: Bool = true) {
            (self.table, self.key, self.type) = (table, key, type)
            switch key {
            case .prn: prn = "t.prn"
            case .uuid: prn = SQL(raw: "'prn:\(model):' || t.uuid")
            case .id: prn = SQL(raw: "'prn:\(model):' || CAST(t.id AS TEXT)")
            }
            domain = hasDomain ? "t.domain" : "\(RoleBindings.defaultDomain)"
        }

        /// Whether a row has a PRN that begins so, as a condition on the table as `t` that an index serves.
        func have(_ prn: SQL, after prefix: String) -> SQL {
            let last: SQL = "SUBSTR(\(sql: prn), LENGTH(\(prefix)) + 1)"
            return switch key {
            case .prn: "t.prn = \(sql: prn)"
            case .uuid: "t.uuid = \(sql: last)"
            case .id: "CAST(t.id AS TEXT) = \(sql: last)"
            }
        }

        /// Whether there is a row with a PRN that meets a condition on the table as `t`.
        func contains(_ prn: String, where condition: SQL = "TRUE", in db: any SQLConnection) throws -> Bool {
            let last = ID<Never>(prn: prn).uuid
            let identity: SQL
            switch key {
            case .prn: identity = "t.prn = \(prn)"
            case .uuid: identity = "t.uuid = \(last)"
            case .id:
                guard let number = Int64(last) else { return false }
                identity = "t.id = \(number)"
            }
            let kind: SQL = type.map { "t.type = \($0)" } ?? "TRUE"
            return try db.first(
                "SELECT 1 FROM \(raw: table) AS t WHERE \(sql: identity) AND \(sql: kind) AND (\(sql: condition))") != nil
        }
    }

    /// What a user sees of a viewset that is scoped.
    enum Scope: Sendable, Hashable {
        /// Nothing.
        case nothing
        /// The things that the user may view.
        case viewable
        /// The things of all kinds of a table, each as its own viewset says.
        case kinds(ResourceTable)
        /// The units that repositories hold, or held, which the user sees.
        case units
        /// The versions of repositories that the user sees.
        case versions
        /// The groups with a task that the user sees.
        case taskGroups
    }

    /// The path below the root of the API, with no identities in it.
    public let name: String
    /// `app.model` of the things; nil where there are none.
    public let model: String?
    /// Every permission on things of the model.
    public let permissions: [Permission]
    /// The roles that come with the viewset.
    public let roles: [LockedRole]
    /// What holds as long as no operator says otherwise.
    public let policy: AccessPolicy
    /// Where the things are; nil where there are none, or their rows are not looked through.
    public let rows: Rows?
    let scope: Scope

    init(
        _ name: String, model: String? = nil, permissions: [Permission] = [], roles: [LockedRole] = [], policy: AccessPolicy,
        rows: Rows? = nil, scope: Scope? = nil
    ) {
        (self.name, self.model, self.permissions, self.roles, self.policy, self.rows) = (name, model, permissions, roles, policy, rows)
        self.scope = scope ?? (rows == nil ? .nothing : .viewable)
    }

    /// Whether roles are given for single things of the model.
    public var isManaged: Bool { model.map { permissions.contains(Permission("manage_roles", on: $0)) } ?? false }

    /// What a user must be allowed to see a thing of the model.
    public var viewPermission: Permission? { model.map { Permission("view", on: $0) } }

    /// Whether there is a thing of the model with a PRN.
    public func hasRow(_ prn: String, in db: any SQLConnection) throws -> Bool {
        try rows?.contains(prn, in: db) ?? false
    }
}

/// A role that comes with the program; operators give it, and do not change it.
public struct LockedRole: Sendable, Hashable {
    /// `file.filerepository_owner`.
    public let name: String
    /// What it is for, where the name does not say it.
    public let description: String?
    /// What it allows.
    public let permissions: [Permission]

    init(_ name: String, _ description: String? = nil, _ permissions: [Permission]) {
        (self.name, self.description, self.permissions) = (name, description, permissions)
    }
}

extension LockedRole {
    /// The roles of a model that all of them have.
    /// - Parameters:
    ///   - verbs: of the owner, besides `manage_roles`.
    ///   - operations: those with a role of their own have it, the others are the owner's.
    static func standard(of model: String, owner verbs: [String], _ operations: [KindOperation] = []) -> [LockedRole] {
        let owned = verbs.map { Permission($0, on: model) } + operations.filter { $0.role == nil }.map { $0.permission(on: model) }
        let special = operations.compactMap { operation in
            operation.role.map { LockedRole("\(model)_\($0)", nil, [operation.permission(on: model)]) }
        }
        return [
            LockedRole("\(model)_creator", nil, [Permission("add", on: model)]),
            LockedRole("\(model)_owner", nil, owned + [Permission("manage_roles", on: model)]),
            LockedRole("\(model)_viewer", nil, [Permission("view", on: model)]),
        ] + special
    }
}

extension Permission {
    /// Those of a model that all of them have.
    static func plain(on model: String) -> [Permission] { ["add", "view", "change", "delete"].map { Permission($0, on: model) } }

    /// Those of a model whose things are owned, and those of its operations.
    static func all(on model: String, _ operations: [KindOperation] = []) -> [Permission] {
        plain(on: model) + [Permission("manage_roles", on: model)] + operations.map { $0.permission(on: model) }
    }
}
