/// The rules of a viewset: who may do what there, who is given a role on what is made, and what of the rest is seen.
///
/// ```json
/// {"statements": [{"action": ["retrieve"], "principal": "authenticated", "effect": "allow",
///                  "condition": "has_model_or_domain_or_obj_perms:file.view_fileremote"}],
///  "creation_hooks": [{"function": "add_roles_for_object_creator", "parameters": {"roles": "file.fileremote_owner"}}],
///  "queryset_scoping": {"function": "scope_queryset"}}
/// ```
public struct AccessPolicy: Sendable, Hashable {
    /// What is allowed and what is forbidden; what no statement speaks of is not allowed.
    public var statements: [Statement]
    /// What happens when something is made; nil where nothing can be.
    public var creationHooks: [CreationHook]?
    /// Whether lists show, and hrefs find, only what a user may view.
    public var isScoped: Bool

    /// A policy of these parts.
    public init(statements: [Statement], creationHooks: [CreationHook]? = nil, isScoped: Bool = false) {
        (self.statements, self.creationHooks, self.isScoped) = (statements, creationHooks, isScoped)
    }

    /// A policy whose things are seen by who may view them, and belong to who made them.
    /// - Parameters:
    ///   - role: what their maker is given.
    ///   - more: what else.
    static func owned(by role: String, and more: [String] = [], _ statements: [Statement]) -> Self {
        AccessPolicy(statements: statements, creationHooks: [CreationHook(.addRolesForCreator, roles: [role] + more)], isScoped: true)
    }

    /// Whether it matters to an action in which groups a user is.
    func namesGroups(for action: String) -> Bool {
        statements.contains { $0.isFor(action) && $0.principals.contains { $0.hasPrefix("group:") } }
    }

    /// Whether somebody who has this name, of a user, may do or get something by it.
    func namesUser(_ name: String) -> Bool {
        statements.contains { $0.principals.contains("user:\(name)") }
            || (creationHooks ?? []).contains { $0.function == .addRolesForUsers && $0.holders.contains(name) }
    }

    /// What holds where there is no policy: only administrators, and they everything.
    public static let administratorsOnly = AccessPolicy(statements: [Statement(["*"], principals: ["admin"])])

    /// Whether a statement allows or forbids.
    public enum Effect: String, Sendable, Hashable { case allow, deny }

    /// One rule: for actions, for some of the users, under conditions.
    public struct Statement: Sendable, Hashable {
        /// The actions; `*` for all.
        public let actions: [String]
        /// Whom it is about: `authenticated`, `anonymous`, `admin`, `staff`, `user:<name>`, `group:<name>`, or `*` for all.
        public let principals: [String]
        /// Whether it allows or forbids.
        public let effect: Effect
        /// What must hold, all of it.
        public let conditions: [AccessCondition]
        /// The statement as it was given, for who asks.
        let json: JSON

        /// A statement that allows what its conditions do not speak against.
        init(_ actions: [String], _ conditions: [String] = [], principals: [String] = ["authenticated"]) {
            (self.actions, self.principals, effect) = (actions, principals, .allow)
            self.conditions = conditions.map(AccessCondition.init)
            func list(_ texts: [String]) -> JSON { texts.count == 1 ? .string(texts[0]) : .array(texts.map { .string($0) }) }
            var object: JSON.Object = [
                "action": .array(actions.map { .string($0) }), "effect": "allow", "principal": list(principals),
            ]
            if !conditions.isEmpty { object["condition"] = list(conditions) }
            json = .object(object)
        }

        init(actions: [String], principals: [String], effect: Effect, conditions: [AccessCondition], json: JSON) {
            (self.actions, self.principals, self.effect) = (actions, principals, effect)
            (self.conditions, self.json) = (conditions, json)
        }
    }
}
