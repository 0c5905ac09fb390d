import PulpTesting
import Testing

@testable import PulpCore

@Suite("An access policy")
struct PolicyTests {
    private static let ann = user("ann", 7)
    private static let admin = user("root", 1, isAdministrator: true)

    @Test("allows nothing that it does not speak of, to nobody")
    func silent() {
        for user in [Self.ann, Self.admin, nil] {
            #expect(!policy([]).allows(AccessRequest("list", by: user)) { _, _, _ in true })
            #expect(!policy([statement("create")]).allows(AccessRequest("list", by: user)) { _, _, _ in true })
        }
    }

    @Test("is about actions and users that it names")
    func principals() throws {
        let cases: [(principal: JSON, allowed: [Bool])] = [
            ("authenticated", [true, true, false]), ("anonymous", [false, false, true]), ("*", [true, true, true]),
            ("admin", [false, true, false]), ("staff", [false, true, false]), ("user:ann", [true, false, false]),
            ("id:7", [true, false, false]), ("group:team", [true, false, false]), ("group:teams", [false, false, false]),
            (["user:nobody", "admin"], [false, true, false]), ("nonsense", [false, false, false]), ("", [false, false, false]),
        ]
        for (principal, allowed) in cases {
            let policy = try parsed([["action": ["list", "retrieve"], "principal": principal, "effect": "allow"]])
            for (user, isAllowed) in zip([Self.ann, Self.admin, nil], allowed) {
                let groups: Set<String> = user == Self.ann ? ["team"] : []
                func asks(_ action: String) -> Bool {
                    policy.allows(AccessRequest(action, by: user, groups: groups)) { _, _, _ in false }
                }
                #expect(asks("list") == isAllowed, "\(principal)")
                #expect(asks("retrieve") == isAllowed)
                #expect(!asks("destroy") && !asks("*") && !asks("li"))
            }
        }
        let everything = try parsed([["action": "*", "principal": "admin", "effect": "allow"]])
        #expect(everything == .administratorsOnly || everything.allows(AccessRequest("what", by: Self.admin)) { _, _, _ in false })
    }

    @Test("looks for permissions where its conditions say")
    func conditions() {
        let request = AccessRequest(
            "sync", by: Self.ann, on: "object", in: "parent",
            naming: ["remote": "r", "repository_version": "v", "publication": "p", "upload": "u", "repository": "d"])
        let unnamed = AccessRequest("sync", by: Self.ann)
        let cases: [(name: String, asked: String?, reach: RoleBindings.Reach, unasked: Bool)] = [
            ("has_model_perms", "object", .everything, false), ("has_domain_perms", "object", .domain, false),
            ("has_obj_perms", "object", .object, false), ("has_model_or_obj_perms", "object", [.everything, .object], false),
            ("has_model_or_domain_perms", "object", [.everything, .domain], false),
            ("has_model_or_domain_or_obj_perms", "object", .any, false), ("has_remote_param_obj_perms", "r", .object, true),
            ("has_remote_param_model_or_domain_or_obj_perms", "r", .any, true),
            ("has_repo_or_repo_ver_param_model_or_obj_perms", "d", [.everything, .object], true),
            ("has_publication_param_model_or_domain_or_obj_perms", "p", .any, true),
            ("has_upload_param_model_or_domain_or_obj_perms", "u", .any, true), ("has_repo_attr_obj_perms", "parent", .object, false),
            ("has_repository_model_or_domain_or_obj_perms", "parent", .any, false),
            ("has_group_model_or_obj_perms", "parent", [.everything, .object], false),
            ("has_required_repo_perms_on_upload", "d", .any, false),
        ]
        for (name, asked, reach, unasked) in cases {
            let policy = policy([statement("sync", ["\(name):a.b_c"])])
            var seen: [String] = []
            let isAllowed = policy.allows(request) { permission, object, where_ in
                seen.append("\(permission) \(object ?? "-") \(where_ == reach)")
                return true
            }
            #expect(isAllowed && seen == ["a.b_c \(asked ?? "-") true"], "\(name)")
            #expect(!policy.allows(request) { _, _, _ in false })
            #expect(policy.allows(unnamed) { _, object, _ in object != nil } == unasked, "\(name) where nothing is named")
        }
    }

    @Test("wants units to be made into a repository, of all but administrators")
    func destination() {
        let policy = policy([statement("create", ["has_required_repo_perms_on_upload:a.b_c"])])
        #expect(!policy.allows(AccessRequest("create", by: Self.ann)) { _, _, _ in true })
        #expect(policy.allows(AccessRequest("create", by: Self.admin)) { _, _, _ in true })
    }

    @Test(
        "takes what nobody understands as a no",
        arguments: ["has_magic_perms:a.b", "has_obj_perms", "", "has_perms:a.b", ":", "has_model_or_perms:a.b"])
    func unknown(condition: String) throws {
        let request = AccessRequest("list", by: Self.admin, on: "x")
        #expect(!policy([statement("list", [condition])]).allows(request) { _, _, _ in true })
        let forbidding = try parsed([
            ["action": "list", "principal": "*", "effect": "allow"],
            ["action": "list", "principal": "*", "effect": "deny", "condition": .string(condition)],
        ])
        #expect(!forbidding.allows(request) { _, _, _ in false })
    }

    @Test("is never the more generous for a forbidding statement or another condition, whatever else it says")
    func monotony() throws {
        var random = SplitMix(seed: 11)
        let conditions = ["has_model_perms:a.x", "has_obj_perms:a.y", "has_remote_param_obj_perms:a.z", "unknown:a.w"]
        for _ in 0..<2000 {
            let statements = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                statement(
                    ["list", "sync", "*"].randomElement(using: &random) ?? "*",
                    conditions.filter { _ in Bool.random(using: &random) }, effect: Bool.random(using: &random) ? "allow" : "deny")
            }
            let granted = Set(["a.x", "a.y", "a.z"].filter { _ in Bool.random(using: &random) })
            let request = AccessRequest("sync", by: Self.ann, on: "o", naming: Bool.random(using: &random) ? ["remote": "r"] : [:])
            func allows(_ statements: [AccessPolicy.Statement], _ granted: Set<String>) -> Bool {
                policy(statements).allows(request) { permission, _, _ in granted.contains(permission.description) }
            }
            let isAllowed = allows(statements, granted)
            #expect(allows(statements.shuffled(using: &random), granted) == isAllowed, "the order says nothing")
            let denying = statement("sync", [], effect: "deny")
            #expect(!allows(statements + [denying], granted))
            #expect(!isAllowed || allows(statements + [statement("sync", [])], granted))
            #expect(isAllowed || !allows(statements + [statement("sync", ["unknown:a.b"])], granted))
            let allowing = statements.filter { $0.effect == .allow }
            #expect(!allows(allowing, granted) || allows(allowing, ["a.x", "a.y", "a.z"]), "more permissions allow no less")
        }
    }

    @Test("is read back as it was given, and refused where it makes no sense")
    func json() throws {
        var policy = AccessPolicy.administratorsOnly
        let body: JSON.Object = [
            "statements": [["action": "list", "principal": ["a", "b"], "effect": "deny", "condition": "odd"]],
            "creation_hooks": [["function": "add_roles_for_groups", "parameters": ["roles": ["x"], "groups": "g"]]],
            "queryset_scoping": ["function": "scope_queryset"],
        ]
        try policy.apply(body, .replace)
        #expect(policy.object == body)
        try policy.apply(["queryset_scoping": nil, "creation_hooks": nil], .update)
        #expect(!policy.isScoped && policy.creationHooks == nil && policy.statements.count == 1)
        let wrong: [(JSON.Object, String)] = [
            (["statements": "x"], "statements: Expected a list of items but got type \"str\"."),
            (
                ["statements": [["action": "list", "effect": "allow"]]],
                "statements: The \"principal\" of a statement must be text, or a list of it."
            ),
            (
                ["statements": [["action": [], "principal": "*", "effect": "allow"]]],
                "statements: The \"action\" of a statement must be text, or a list of it."
            ),
            (
                ["statements": [["action": "a", "principal": "*", "effect": "maybe"]]],
                "statements: A statement needs the \"effect\" \"allow\" or \"deny\"."
            ),
            (
                ["statements": [["action": "a", "principal": "*", "effect": "allow", "unless": "x"]]],
                "statements: A statement has no \"unless\"."
            ),
            (
                ["creation_hooks": [["function": "run_shell"]]],
                "creation_hooks: Creation hook 'run_shell' was not registered for this view set."
            ),
            (
                ["creation_hooks": [["function": "add_roles_for_users", "parameters": ["roles": "r"]]]],
                "creation_hooks: The creation hook 'add_roles_for_users' needs \"users\": a name, or a list of them."
            ),
            (["queryset_scoping": ["function": "all"]], "queryset_scoping: Queryset scoping method all is not present on this view set."),
            (["viewset_name": "x"], "viewset_name: Unexpected field"),
        ]
        for (body, message) in wrong {
            let before = policy
            let error = #expect(throws: ValidationError.self) { try policy.apply(body, .update) }
            #expect(error?.description == message)
            #expect(policy == before)
        }
        #expect(throws: ValidationError.self) { try policy.apply([:], .replace) }
    }
}

private func user(_ name: String, _ number: Int64, isAdministrator: Bool = false) -> User {
    var user = User(name: name)
    (user.number, user.isAdministrator, user.isStaff) = (number, isAdministrator, isAdministrator)
    return user
}

private func policy(_ statements: [AccessPolicy.Statement]) -> AccessPolicy { AccessPolicy(statements: statements) }

private func statement(
    _ action: String, _ conditions: [String] = [], effect: AccessPolicy.Effect.RawValue = "allow"
) -> AccessPolicy.Statement {
    AccessPolicy.Statement(
        actions: [action], principals: ["authenticated"], effect: effect == "allow" ? .allow : .deny,
        conditions: conditions.map(AccessCondition.init), json: .null)
}

private func parsed(_ statements: JSON) throws -> AccessPolicy {
    var policy = AccessPolicy(statements: [])
    try policy.apply(["statements": statements], .replace)
    return policy
}
