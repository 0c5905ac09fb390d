import PulpTesting
import Testing

@testable import PulpCore

@Suite("The rules of a Pulp")
struct RulesTests {
    private let rules = AccessRules(plugins: [.notes])

    @Test("follow from the kinds: permissions, roles, and who may do what")
    func derived() throws {
        let repository = try #require(rules.viewset(named: "repositories/note/note"))
        #expect(repository.model == "note.noterepository")
        #expect(
            repository.roles.map { "\($0.name): \($0.permissions.map(\.description).joined(separator: " "))" } == [
                "note.noterepository_creator: note.add_noterepository",
                "note.noterepository_owner: note.view_noterepository note.change_noterepository note.delete_noterepository "
                    + "note.modify_noterepository note.sync_noterepository note.repair_noterepository note.manage_roles_noterepository",
                "note.noterepository_viewer: note.view_noterepository",
            ])
        let any = "has_model_or_domain_or_obj_perms:note"
        let expected: JSON = [
            "statements": [
                ["action": ["list", "my_permissions"], "effect": "allow", "principal": "authenticated"],
                [
                    "action": ["create"], "effect": "allow", "principal": "authenticated",
                    "condition": [
                        "has_model_or_domain_perms:note.add_noterepository",
                        "has_remote_param_model_or_domain_or_obj_perms:note.view_noteremote",
                    ],
                ],
                [
                    "action": ["retrieve"], "effect": "allow", "principal": "authenticated",
                    "condition": .string("\(any).view_noterepository"),
                ],
                [
                    "action": ["update", "partial_update", "set_label", "unset_label"], "effect": "allow", "principal": "authenticated",
                    "condition": [
                        .string("\(any).change_noterepository"), .string("\(any).view_noterepository"),
                        "has_remote_param_model_or_domain_or_obj_perms:note.view_noteremote",
                    ],
                ],
                [
                    "action": ["destroy"], "effect": "allow", "principal": "authenticated",
                    "condition": [.string("\(any).delete_noterepository"), .string("\(any).view_noterepository")],
                ],
                [
                    "action": ["modify"], "effect": "allow", "principal": "authenticated",
                    "condition": [.string("\(any).modify_noterepository"), .string("\(any).view_noterepository")],
                ],
                [
                    "action": ["sync"], "effect": "allow", "principal": "authenticated",
                    "condition": [
                        .string("\(any).sync_noterepository"), "has_remote_param_model_or_domain_or_obj_perms:note.view_noteremote",
                        .string("\(any).view_noterepository"),
                    ],
                ],
                [
                    "action": ["list_roles", "add_role", "remove_role"], "effect": "allow", "principal": "authenticated",
                    "condition": .string("\(any).manage_roles_noterepository"),
                ],
            ],
            "creation_hooks": [
                ["function": "add_roles_for_object_creator", "parameters": ["roles": "note.noterepository_owner"]]
            ],
            "queryset_scoping": ["function": "scope_queryset"],
        ]
        #expect(JSON.object(repository.policy.object) == expected)
    }

    @Test("know versions through their repositories, publications that do not change, and units that belong to no one")
    func others() throws {
        let versions = try #require(rules.viewset(named: "repositories/note/note/versions"))
        #expect(versions.policy.statements.map(\.actions) == [["list", "retrieve"], ["destroy"], ["repair"]])
        #expect(
            versions.policy.statements[2].conditions.map(\.text) == [
                "has_repository_model_or_domain_or_obj_perms:note.repair_noterepository",
                "has_repository_model_or_domain_or_obj_perms:note.view_noterepository",
            ])
        let publication = try #require(rules.viewset(named: "publications/note/note"))
        #expect(!publication.policy.statements.contains { $0.actions.contains("update") })
        #expect(
            publication.roles[1].permissions == [
                "note.view_notepublication", "note.delete_notepublication", "note.manage_roles_notepublication",
            ])
        let distribution = try #require(rules.viewset(named: "distributions/note/note"))
        #expect(
            distribution.policy.statements[1].conditions.map(\.text) == [
                "has_model_or_domain_perms:note.add_notedistribution",
                "has_repo_or_repo_ver_param_model_or_domain_or_obj_perms:note.view_noterepository",
                "has_publication_param_model_or_domain_or_obj_perms:note.view_notepublication",
            ])
        let note = try #require(rules.viewset(named: "content/note/notes"))
        #expect(note.roles.isEmpty)
        #expect(
            note.policy.statements[1].conditions.map(\.text) == [
                "has_required_repo_perms_on_upload:note.modify_noterepository",
                "has_required_repo_perms_on_upload:note.view_noterepository",
                "has_upload_param_model_or_domain_or_obj_perms:core.change_upload",
            ])
        #expect(rules.viewset(named: "content/note/strays")?.policy.statements.contains { $0.actions.contains("create") } == false)
    }

    @Test("have no condition that nobody understands, and name no permission that there is not")
    func sound() {
        for viewset in rules.viewsets {
            for condition in viewset.policy.statements.flatMap(\.conditions) {
                #expect(condition.test.map { rules.permissions.contains($0.permission) } == true, "\(viewset.name): \(condition.text)")
            }
            let roles = Set(viewset.roles.map(\.name))
            for hook in viewset.policy.creationHooks ?? [] {
                #expect(roles.isSuperset(of: hook.roles), "\(viewset.name) gives what it does not have")
            }
            for role in viewset.roles { #expect(rules.permissions.isSuperset(of: role.permissions)) }
        }
        #expect(Set(rules.viewsets.map(\.name)).count == rules.viewsets.count)
        #expect(rules.viewset(ofObject: "prn:core.task:x")?.name == "tasks")
        for nonsense in ["", "prn", "core.task", "prn:core.task", "x:core.task:y", "prn:core.nothing:1"] {
            #expect(rules.viewset(ofObject: nonsense) == nil)
        }
    }

    @Test("are in the database once Pulp was opened, and a second start writes nothing", arguments: DatabaseKind.allCases)
    func stored(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let (roles, policies) = try await pulp.database.read { db in
                (try Roles.list(where: "t.locked", in: db), try pulp.rules.policies(in: db))
            }
            #expect(roles.count == pulp.rules.viewsets.flatMap(\.roles).count)
            #expect(roles.first { $0.name == "core.task_owner" }?.description == "Allow all actions on a task.")
            #expect(policies.map(\.viewset) == pulp.rules.viewsets.map(\.name))
            #expect(policies.allSatisfy { !$0.isCustomized })

            let refusing = ReadOnlyDatabase(database: pulp.database)
            try await pulp.rules.store(in: refusing)
            try await AccessRules(plugins: []).store(in: refusing)
            #expect(try await pulp.database.read { db in try Roles.count(where: "t.locked", in: db) } == roles.count)
        }
    }

    @Test("that differ in the database are mended, be it by an operator's role of the same name", arguments: DatabaseKind.allCases)
    func mended(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            let mine = Role(name: "note.noterepository_viewer", description: "mine", permissions: ["core.view_task"])
            try await pulp.database.write { db in
                _ = try Roles.insert(mine, under: pulp.rules, in: db)
                try db.execute("DELETE FROM role_permission WHERE permission = 'core.add_upload'")
            }
            try await rules.store(in: pulp.database)
            let (viewer, creator) = try await pulp.database.read { db in
                (try Roles.find(named: mine.name, in: db), try Roles.find(named: "core.upload_creator", in: db))
            }
            #expect(viewer?.isLocked == true && viewer?.permissions == ["note.view_noterepository"] && viewer?.description == nil)
            #expect(viewer?.id == mine.id, "who had it keeps it")
            #expect(creator?.permissions == ["core.add_upload"])
        }
    }

    @Test("can be customized by an operator, who decides then, and be reset", arguments: DatabaseKind.allCases)
    func customized(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let rules = pulp.rules
            let ann = try await pulp.makeUser("ann")
            func mayCreate() async throws -> Bool {
                try await pulp.database.read { db in
                    try rules.allows(AccessRequest("create", by: ann), in: "remotes/note/note", in: db)
                }
            }
            #expect(try await mayCreate() == false)
            let record = try #require(
                try await pulp.database.read { db in try rules.policies(where: "t.viewset_name = 'remotes/note/note'", in: db).first })
            var policy = record.policy
            try policy.apply(["statements": [["action": "create", "principal": "authenticated", "effect": "allow"]]], .update)
            let changed = policy
            let stored = try await pulp.database.write { db in try rules.customize(record.id, changed, in: db) }
            #expect(stored.isCustomized && stored.policy == changed && stored.id == record.id)
            #expect(try await mayCreate())
            #expect(try await pulp.database.read { db in try rules.countPolicies(where: "t.document IS NOT NULL", in: db) } == 1)
            let reset = try await pulp.database.write { db in try rules.reset(record.id, in: db) }
            #expect(!reset.isCustomized && reset.policy == record.policy)
            #expect(try await mayCreate() == false)
            await #expect(throws: PulpError.self) {
                try await pulp.database.write { db in try rules.reset(ID(prn: "prn:core.accesspolicy:none"), in: db) }
            }
        }
    }

    @Test("leave to administrators what they do not speak of", arguments: DatabaseKind.allCases)
    func unknown(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            let (ann, root) = (try await pulp.makeUser("ann"), try await pulp.makeUser("root", isAdministrator: true))
            let allowed = try await pulp.database.read { db in
                try [ann, root, nil].map { try pulp.rules.allows(AccessRequest("list", by: $0), in: "users", in: db) }
            }
            #expect(allowed == [false, true, false])
        }
    }
}

/// Refuses to write.
private struct ReadOnlyDatabase: Database {
    let database: any Database
    var dialect: Dialect { database.dialect }
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await database.read(body)
    }
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        throw DatabaseError(.readOnly, "this database cannot be written to")
    }
    func announcements() -> AsyncStream<Void> { database.announcements() }
    func acquireLease(_ name: String) async throws -> (any DatabaseLease)? { nil }
    func freeLeases(among names: [String]) async throws -> Set<String> { [] }
    var leaseGrace: Duration { .zero }
    func close() async throws {}
}
