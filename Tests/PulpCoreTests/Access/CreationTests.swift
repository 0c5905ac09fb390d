import PulpTesting
import Testing

@testable import PulpCore

@Suite("Who makes something")
struct CreationTests {
    @Test("owns it, and nobody else does", arguments: DatabaseKind.allCases)
    func owner(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            // The users were made in this order; the first, and those with roles for everything, are given nothing.
            let old = try await pulp.makeUser("old", roles: ["note.noterepository_owner", "core.task_owner"])
            let (ann, root) = (try await pulp.makeUser("ann"), try await pulp.makeUser("root", isAdministrator: true))
            let mine = try await pulp.acting(as: ann) { try await pulp.notes("mine") }
            _ = try await pulp.acting(as: root) { try await pulp.notes("theirs") }
            _ = try await pulp.notes("nobody's")
            #expect(try await pulp.roles(of: ann) == ["note.noterepository_owner \(mine.id)"])
            #expect(try await pulp.roles(of: root) == [])
            #expect(try await pulp.roles(of: old) == ["core.task_owner", "note.noterepository_owner"])
        }
    }

    @Test("owns what the tasks make that were dispatched, and the tasks", arguments: DatabaseKind.allCases)
    func tasks(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let (ann, bob) = (try await pulp.makeUser("ann"), try await pulp.makeUser("bob"))
            // The second runs in the worker that was brought for the first, the third for nobody.
            var made: [ID<NoteRepository>] = []
            for (index, user) in [ann, bob, nil].enumerated() {
                let task = CreateResource(NoteRepository.self, ["name": .string("r\(index)")])
                let prn = try await TaskOrigin.$current.withValue(user.map { TaskOrigin(user: $0.id) }) { try await pulp.run(task) }
                made.append(ID(prn: prn))
            }
            let tasks = try await pulp.tasks.list(TaskFilter()).tasks.map { (creator: $0.creator, prn: $0.id.prn) }
            for (user, repository) in zip([ann, bob], made) {
                let task = try #require(tasks.first { $0.creator == user.id }).prn
                #expect(
                    try await pulp.roles(of: user) == [
                        "core.task_owner \(task)", "core.task_user_dispatcher \(task)", "note.noterepository_owner \(repository)",
                    ])
            }
            #expect(try await pulp.database.read { db in try RoleBindings.count(where: "TRUE", in: db) } == 6)
            let seen = try await pulp.database.read { db in
                let condition = try pulp.rules.visible(to: ann, in: "tasks", in: db)
                return try db.value("SELECT COUNT(*) FROM task AS t WHERE \(sql: condition)", as: Int.self)
            }
            #expect(seen == 1)
            try await pulp.tasks.purge(finishedBefore: .now + .seconds(60))
            #expect(try await pulp.roles(of: ann) == ["note.noterepository_owner \(made[0])"])
        }
    }

    @Test("is given what an operator says, and groups that the operator names, too", arguments: DatabaseKind.allCases)
    func customized(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let (ann, bob) = (try await pulp.makeUser("ann"), try await pulp.makeUser("bob"))
            let team = try await pulp.makeGroup("team")
            try await pulp.customizeHooks([
                ["function": "add_roles_for_object_creator", "parameters": ["roles": ["note.noterepository_viewer", "no.such_role"]]],
                ["function": "add_roles_for_groups", "parameters": ["roles": "note.noterepository_owner", "groups": ["team", "ghosts"]]],
                ["function": "add_roles_for_users", "parameters": ["roles": "note.noterepository_viewer", "users": "bob"]],
            ])
            let mine = try await pulp.acting(as: ann) { try await pulp.notes() }
            #expect(try await pulp.roles(of: ann) == ["note.noterepository_viewer \(mine.id)"])
            #expect(try await pulp.roles(of: bob) == ["note.noterepository_viewer \(mine.id)"])
            let held = try await pulp.database.read { db in
                try RoleBindings.list(where: RoleBindings.condition(of: .group(team.id)), in: db)
            }
            #expect(held.map(\.role) == ["note.noterepository_owner"])
        }
    }
}

extension Pulp {
    fileprivate func customizeHooks(_ hooks: JSON) async throws {
        try await database.write { [rules] db in
            guard let record = try rules.policies(where: "t.viewset_name = 'repositories/note/note'", in: db).first else { return }
            var policy = record.policy
            try policy.apply(["creation_hooks": hooks], .update)
            _ = try rules.customize(record.id, policy, in: db)
        }
    }
}
