import PulpTesting
import Testing

@testable import PulpCore

@Suite("A role")
struct RoleTests {
    @Test("is made, changed and deleted by operators", arguments: DatabaseKind.allCases)
    func life(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            try await pulp.database.write { db in
                let rules = pulp.rules
                var role = try Roles.insert(
                    Role(name: "reader", permissions: ["note.view_noteremote", "core.view_task", "core.view_task"]), under: rules, in: db)
                #expect(role.permissions == ["core.view_task", "note.view_noteremote"])
                #expect(!role.isLocked && role.description == nil && role.key > 0)
                #expect(try Roles.find(named: "reader", in: db) == role)
                role.description = "reads"
                role.permissions = []
                role = try Roles.update(role, under: rules, in: db)
                #expect(role.permissions.isEmpty && role.description == "reads")
                #expect(try Roles.find(role.id, in: db) == role)
                try Roles.delete(role.id, in: db)
                #expect(try Roles.find(role.id, in: db) == nil)
            }
        }
    }

    @Test("has a name of its own and permissions that there are", arguments: DatabaseKind.allCases)
    func refused(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let wrong: [(Role, String)] = [
                (Role(name: "", permissions: []), "name: This field may not be blank."),
                (Role(name: "core.task_owner", permissions: []), "name: This field must be unique."),
                (
                    Role(name: "r", description: "", permissions: ["note.eat_note", "x"]),
                    "description: This field may not be blank.; permissions: Permission 'note.eat_note' does not exist.; "
                        + "permissions: Permission 'x' does not exist."
                ),
            ]
            for (role, message) in wrong {
                let error = await #expect(throws: ValidationError.self) {
                    try await pulp.database.write { db in try Roles.insert(role, under: pulp.rules, in: db) }
                }
                #expect(error?.description == message)
            }
            for (json, message) in [
                (JSON.string("nodot"), "Permission 'nodot' is not in the format '<app_label>.<codename>'."),
                (nil, "This field may not be null."),
            ] as [(JSON, String)] {
                #expect(throws: InvalidField(message)) { try Permission(json: json) }
            }
        }
    }

    @Test("that is locked stays as it is", arguments: DatabaseKind.allCases)
    func locked(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            let owner = try #require(try await pulp.database.read { db in try Roles.find(named: "core.task_owner", in: db) })
            #expect(owner.isLocked)
            for attempt in 0..<2 {
                let error = await #expect(throws: PulpError.self) {
                    try await pulp.database.write { db in
                        if attempt == 0 {
                            _ = try Roles.update(owner, under: pulp.rules, in: db)
                        } else {
                            try Roles.delete(owner.id, in: db)
                        }
                    }
                }
                #expect(error == PulpError(.forbidden, "The role is locked."))
            }
        }
    }

    @Test("is given once for each thing, and only where it means something", arguments: DatabaseKind.allCases)
    func given(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes().id.prn
            let ann = try await pulp.makeUser("ann")
            let team = try await pulp.makeGroup("team", of: ann)
            func refusal(_ role: String, _ holder: RoleBinding.Holder, _ place: RoleBinding.Place) async -> String? {
                await #expect(throws: ValidationError.self) { try await pulp.give(role, to: holder, for: place) }?.description
            }
            let owner = "note.noterepository_owner"
            for (holder, noun) in [(RoleBinding.Holder.user(ann.id), "user"), (.group(team.id), "group")] {
                let places: [RoleBinding.Place] = [.everything, .domain("prn:core.domain:\(Locks.domain)"), .object(repository)]
                for place in places {
                    try await pulp.give(owner, to: holder, for: place)
                    #expect(await refusal(owner, holder, place) == "The role is already assigned to this \(noun).")
                }
                let bindings = try await pulp.database.read { db in try RoleBindings.list(where: RoleBindings.condition(of: holder), in: db)
                }
                #expect(bindings.map(\.place) == places.reversed())
                #expect(bindings.allSatisfy { $0.holder == holder && $0.role == owner && $0.permissions.count == 7 })
                #expect(bindings.allSatisfy { $0.id.prn.hasPrefix("prn:core.\(noun)role:") })
            }
            let ghost = "prn:note.noterepository:00000000-0000-7000-8000-00000000ffff"
            #expect(await refusal("nonsense", .user(ann.id), .everything) == "role: Object with name=nonsense does not exist.")
            #expect(await refusal(owner, .user(ann.id), .object(ghost)) == "content_object: Invalid value: \(ghost).")
            #expect(await refusal(owner, .user(ann.id), .object("rubbish'; --")) == "content_object: Invalid value: rubbish'; --.")
            #expect(
                await refusal("core.task_viewer", .user(ann.id), .object(repository))
                    == "The role 'core.task_viewer' does not carry any permission for that object.")
            #expect(
                await refusal(owner, .user(ann.id), .domain("prn:core.domain:x"))
                    == "domain: Invalid hyperlink - Object does not exist: prn:core.domain:x")
            await #expect(throws: PulpError(.notFound, "there is no such user")) {
                try await pulp.give(owner, to: .user(ID(prn: "prn:auth.user:999")))
            }
        }
    }

    @Test("is taken as it was given, and goes with its holder, its object and itself", arguments: DatabaseKind.allCases)
    func taken(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let (one, two) = (try await pulp.notes("one").id, try await pulp.notes("two").id)
            let ann = try await pulp.makeUser("ann")
            let team = try await pulp.makeGroup("team")
            let viewer = "note.noterepository_viewer"
            for place in [RoleBinding.Place.everything, .object(one.prn), .object(two.prn), .object(team.id.prn)] {
                let role = place == .object(team.id.prn) ? "core.group_viewer" : viewer
                try await pulp.give(role, to: .user(ann.id), for: place)
            }
            try await pulp.give(viewer, to: .group(team.id), for: .object(one.prn))
            func count() async throws -> Int {
                try await pulp.database.read { db in try RoleBindings.count(where: "TRUE", in: db) }
            }
            #expect(try await count() == 5)
            try await pulp.database.write { db in try RoleBindings.take(viewer, from: .user(ann.id), for: .object(two.prn), in: db) }
            #expect(try await count() == 4)
            await #expect(throws: PulpError.self) {
                try await pulp.database.write { db in try RoleBindings.take(viewer, from: .user(ann.id), for: .object(two.prn), in: db) }
            }
            try await pulp.delete(one)
            #expect(try await pulp.roles(of: ann) == ["core.group_viewer \(team.id)", viewer])
            #expect(try await count() == 2)
            try await pulp.database.write { db in _ = try Groups.delete(team.id, in: db) }
            #expect(try await pulp.roles(of: ann) == [viewer])
            let binding = try #require(try await pulp.database.read { db in try RoleBindings.list(where: "TRUE", in: db).first })
            let others = try await pulp.database.write { db in
                (
                    try RoleBindings.delete(binding.id, of: .user(ID(prn: "prn:auth.user:77")), in: db),
                    try RoleBindings.delete(binding.id, of: .user(ann.id), in: db)
                )
            }
            #expect(others == (false, true))
            #expect(try await count() == 0)
        }
    }

    @Test("is listed by object, with who has it, and what one may do", arguments: DatabaseKind.allCases)
    func objects(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let repository = try await pulp.notes().id.prn
            let (ann, bob) = (try await pulp.makeUser("ann"), try await pulp.makeUser("bob"))
            let team = try await pulp.makeGroup("team", of: bob)
            try await pulp.give("note.noterepository_owner", to: .user(ann.id), for: .object(repository))
            try await pulp.give("note.noterepository_viewer", to: .group(team.id), for: .object(repository))
            try await pulp.give("note.noterepository_viewer", to: .user(bob.id), for: .object(repository))
            try await pulp.give("note.noterepository_viewer", to: .user(ann.id), for: .object(repository))
            let root = try await pulp.makeUser("root", isAdministrator: true)
            try await pulp.database.read { db throws in
                #expect(
                    try RoleBindings.roles(on: repository, in: db) == [
                        .init(role: "note.noterepository_owner", users: ["ann"], groups: []),
                        .init(role: "note.noterepository_viewer", users: ["ann", "bob"], groups: ["team"]),
                    ])
                func permissions(_ user: User) throws -> [Permission] {
                    try RoleBindings.permissions(of: user, on: repository, under: pulp.rules, in: db)
                }
                #expect(try permissions(bob) == ["note.view_noterepository"])
                #expect(try permissions(ann).count == 7)
                #expect(try permissions(root).count == 8)
            }
        }
    }
}
