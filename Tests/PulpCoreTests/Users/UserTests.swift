import PulpTesting
import Testing

@testable import PulpCore

@Suite("A user")
struct UserTests {
    @Test("is made, found, changed and deleted", arguments: DatabaseKind.allCases)
    func life(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            try await pulp.database.write { db in
                var ann = User(name: "ann@example.org")
                (ann.firstName, ann.lastName, ann.email, ann.isStaff) = ("Ann", "Müller", "ann@example.org", true)
                ann = try Users.insert(ann, in: db)
                #expect(ann.number > 0 && ann.isActive && !ann.isAdministrator && ann.password == nil)
                #expect(try Users.find(named: "ann@example.org", in: db) == ann)
                #expect(try Users.find(ann.id, in: db) == ann)
                #expect(ann.id.prn == "prn:auth.user:\(ann.number)")
                (ann.lastName, ann.isActive) = ("", false)
                try Users.update(ann, in: db)
                #expect(try Users.find(ann.id, in: db) == ann)
                try Users.delete(ann.id, in: db)
                #expect(try Users.find(ann.id, in: db) == nil)
                #expect(throws: PulpError.self) { try Users.delete(ann.id, in: db) }
                let next = try Users.insert(User(name: "bob"), in: db)
                #expect(next.number > ann.number, "no number comes twice")
            }
        }
    }

    @Test("has a name and an address that are some, and a name of its own", arguments: DatabaseKind.allCases)
    func refused(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            _ = try await pulp.makeUser("ann")
            let long = String(repeating: "ä", count: 151)
            let invalid = "username: Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
            func user(_ name: String, _ email: String = "", _ first: String = "") -> User {
                var user = User(name: name)
                (user.email, user.firstName) = (email, first)
                return user
            }
            let wrong: [(User, String)] = [
                (user("ann"), "username: This field must be unique."), (user(""), "username: This field may not be blank."),
                (user(long), "username: Ensure this field has no more than 150 characters."), (user("a:b"), invalid),
                (user("a b"), invalid), (user("a\u{1B}[2J"), invalid), (user("a/b"), invalid),
                (user("bob", "bob"), "email: Enter a valid email address."), (user("bob", "a@b c"), "email: Enter a valid email address."),
                (user("bob", "@x.org"), "email: Enter a valid email address."),
                (user("bob", "", long), "first_name: Ensure this field has no more than 150 characters."),
                (user("bob", "", "a\u{0}"), "first_name: Null characters are not allowed."),
            ]
            for (user, message) in wrong {
                let error = await #expect(throws: ValidationError.self) {
                    try await pulp.database.write { db in try Users.insert(user, in: db) }
                }
                #expect(error?.description == message)
            }
            for name in ["bob", "Bob", "żółw_1", "a.b+c-d@e"] { _ = try await pulp.makeUser(name) }
            #expect(try await pulp.database.read { db in try Users.count(in: db) } == 5)
        }
    }

    @Test("is found by all the filters of the list", arguments: DatabaseKind.allCases)
    func filters(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            for name in ["ann", "ANNA", "bob"] { _ = try await pulp.makeUser(name) }
            let filters = User.fields.flatMap(\.filters)
            #expect(filters.map(\.name).contains("last_name__icontains"))
            for (name, text, expected) in [
                ("username", "ann", ["ann"]), ("username__iexact", "ANN", ["ann"]), ("username__in", "ann,bob", ["ann", "bob"]),
                ("username__contains", "nn", ["ann"]), ("username__icontains", "nn", ["ANNA", "ann"]),
                ("is_active", "true", ["ANNA", "ann", "bob"]),
                ("is_staff", "true", []), ("email", "x@y", []),
            ] {
                let condition = try #require(filters.first { $0.name == name }).condition(text)
                let names = try await pulp.database.read { db in try Users.list(where: condition, in: db).map(\.name) }
                #expect(names.sorted() == expected, "\(name)=\(text)")
            }
        }
    }

    @Test("is neither deleted nor disabled when nobody else could administer, and nobody deletes oneself", arguments: DatabaseKind.allCases)
    func last(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            let root = try await pulp.makeUser("root", isAdministrator: true)
            _ = try await pulp.makeUser("ann")
            var disabled = root
            disabled.isActive = false
            let change = disabled
            await #expect(throws: ValidationError("is_active", "root is the last administrator who can log in.")) {
                try await pulp.database.write { db in try Users.update(change, in: db) }
            }
            await #expect(throws: PulpError(.protected, "root is the last administrator who can log in")) {
                try await pulp.database.write { db in try Users.delete(root.id, in: db) }
            }
            let other = try await pulp.makeUser("other", isAdministrator: true)
            await #expect(throws: PulpError(.protected, "root cannot delete the user root")) {
                try await pulp.database.write { db in try Users.delete(root.id, by: root.id, in: db) }
            }
            try await pulp.database.write { db in
                try Users.update(change, in: db)
                #expect(throws: PulpError.self) { try Users.delete(other.id, in: db) }
            }
            try await pulp.database.write { db in try Users.delete(root.id, by: other.id, in: db) }
        }
    }

    @Test("has a password that is not the first one to try")
    func passwords() throws {
        for good in ["Pa55word-long", "correct horse", "ünïcødé!", "a:b:c:d:e"] { try PasswordRules.check(good) }
        let wrong: [(String, [String])] = [
            ("", ["password: This field may not be blank."]), ("a\u{0}bcdefgh", ["password: Null characters are not allowed."]),
            ("short", ["This password is too short. It must contain at least 8 characters."]),
            ("Password", ["This password is too common."]),
            ("90125", ["This password is too short. It must contain at least 8 characters.", "This password is entirely numeric."]),
            (String(repeating: "x", count: 5000), ["password: Ensure this field has no more than 4096 characters."]),
        ]
        for (password, messages) in wrong {
            let error = #expect(throws: ValidationError.self) { try PasswordRules.check(password) }
            #expect(error?.description == messages.joined(separator: "; "))
        }
    }
}

@Suite("A group")
struct GroupTests {
    @Test("has a name of its own, and members", arguments: DatabaseKind.allCases)
    func life(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            let (ann, bob) = (try await pulp.makeUser("ann"), try await pulp.makeUser("bob"))
            try await pulp.database.write { db in
                var team = try Groups.insert(Group(name: "team"), under: pulp.rules, in: db)
                #expect(team.id.prn == "prn:core.group:\(team.number)")
                for _ in 0..<2 { try Groups.add(ann.id, to: team.id, in: db) }
                try Groups.add(bob.id, to: team.id, in: db)
                #expect(try Users.list(where: Groups.members(of: team.id), order: "t.username", in: db).map(\.name) == ["ann", "bob"])
                #expect(try Groups.groups(of: [ann, bob], in: db) == [ann.number: [team], bob.number: [team]])
                #expect(try Groups.remove(ann.id, from: team.id, in: db))
                #expect(try !Groups.remove(ann.id, from: team.id, in: db))
                team.name = "crew"
                try Groups.update(team, in: db)
                #expect(try Groups.find(named: "crew", in: db) == team && Groups.find(named: "team", in: db) == nil)
                #expect(throws: ValidationError("name", "This field must be unique.")) {
                    try Groups.insert(Group(name: "crew"), under: pulp.rules, in: db)
                }
                #expect(throws: ValidationError("name", "This field may not be blank.")) {
                    try Groups.insert(Group(name: " "), under: pulp.rules, in: db)
                }
                #expect(throws: PulpError.self) { try Groups.add(ID(prn: "prn:auth.user:99"), to: team.id, in: db) }
                #expect(throws: PulpError.self) { try Groups.add(ann.id, to: ID(prn: "prn:core.group:99"), in: db) }
                #expect(try Groups.delete(team.id, in: db))
                #expect(try Groups.groups(of: [bob], in: db) == [:])
                #expect(try !Groups.delete(team.id, in: db))
            }
        }
    }
}
