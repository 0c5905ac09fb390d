import PulpTesting
import Testing

@testable import PulpCore

@Suite("What a user may do")
struct AllowanceTests {
    private static let permission: Permission = "note.view_noterepository"
    private static let domain = "prn:core.domain:\(Locks.domain)"

    @Test("follows from roles, given for everything, a domain or one object", arguments: DatabaseKind.allCases)
    func reaches(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let (mine, other) = (try await pulp.notes("mine").id.prn, try await pulp.notes("other").id.prn)
            let ann = try await pulp.makeUser("ann")
            func all(_ reach: RoleBindings.Reach = .any, domain: Int64 = 1) async throws -> [Bool] {
                try await pulp.database.read { db in
                    try [mine, other, nil].map {
                        try RoleBindings.allows(ann, Self.permission, on: $0, domain: domain, by: reach, in: db)
                    }
                }
            }
            #expect(try await all() == [false, false, false])
            #expect(try await pulp.visibleRepositories(to: ann) == [])

            try await pulp.give("note.noterepository_viewer", to: .user(ann.id), for: .object(mine))
            #expect(try await all() == [true, false, false])
            #expect(try await all([.everything, .domain]) == [false, false, false])
            #expect(try await pulp.visibleRepositories(to: ann) == ["mine"])
            #expect(
                try await pulp.database.read { db in try RoleBindings.allows(ann, "note.change_noterepository", on: mine, in: db) } == false
            )

            try await pulp.give("note.noterepository_viewer", to: .user(ann.id), for: .domain(Self.domain))
            #expect(try await all() == [true, true, true])
            #expect(try await all(.everything) == [false, false, false])
            #expect(try await all(.object) == [true, false, false])
            #expect(try await pulp.visibleRepositories(to: ann) == ["mine", "other"])
            #expect(try await all(domain: 2) == [true, false, false], "another domain is another place")

            try await pulp.give("note.noterepository_viewer", to: .user(ann.id))
            #expect(try await all(.everything) == [true, true, true])
            #expect(try await all(domain: 2) == [true, true, true])
        }
    }

    @Test("is also what the user's groups may do, as long as the user is a member", arguments: DatabaseKind.allCases)
    func groups(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            _ = try await pulp.notes("mine")
            let (ann, bob) = (try await pulp.makeUser("ann"), try await pulp.makeUser("bob"))
            let team = try await pulp.makeGroup("team", of: ann)
            try await pulp.give("note.noterepository_viewer", to: .group(team.id))
            #expect(try await pulp.visibleRepositories(to: ann) == ["mine"])
            #expect(try await pulp.visibleRepositories(to: bob) == [])
            try await pulp.database.write { db in _ = try Groups.remove(ann.id, from: team.id, in: db) }
            #expect(try await pulp.visibleRepositories(to: ann) == [])
        }
    }

    @Test("is everything for an administrator, and nothing for a user who is not active", arguments: DatabaseKind.allCases)
    func extremes(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let mine = try await pulp.notes("mine").id.prn
            var admin = try await pulp.makeUser("root", isAdministrator: true)
            for isActive in [true, false] {
                admin.isActive = isActive
                let user = admin
                #expect(try await pulp.visibleRepositories(to: user) == (isActive ? ["mine"] : []))
                for permission in [Self.permission, "no.such_permission"] {
                    let isAllowed = try await pulp.database.read { db in try RoleBindings.allows(user, permission, on: mine, in: db) }
                    #expect(isAllowed == isActive)
                }
            }
        }
    }

    @Test("decides which units it sees: those that a repository holds, or held, that it sees", arguments: DatabaseKind.allCases)
    func content(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.notes]) { pulp in
            let (mine, other) = (try await pulp.notes("mine"), try await pulp.notes("other"))
            for (repository, text) in [(mine, "seen"), (other, "hidden")] {
                _ = try await pulp.newVersion(of: repository.id) { draft in try await draft.add([try Note("a", text)]) }
            }
            let ann = try await pulp.makeUser("ann")
            try await pulp.give("note.noterepository_viewer", to: .user(ann.id), for: .object(mine.id.prn))
            let rules = pulp.rules
            let seen = try await pulp.database.read { db in
                let condition = try rules.visibleContent(to: ann, repositories: [NoteRepository.self], in: db)
                return try db.value("SELECT COUNT(*) FROM content AS t WHERE \(sql: condition)", as: Int.self)
            }
            #expect(seen == 1)
        }
    }
}

extension Pulp {
    fileprivate func visibleRepositories(to user: User) async throws -> [String] {
        try await database.read { [rules] db in
            let condition = try rules.visible(to: user, kinds: [NoteRepository.self], in: db)
            return try db.query("SELECT t.name FROM repository AS t WHERE \(sql: condition) ORDER BY t.name").map { try $0.get(0) }
        }
    }
}
