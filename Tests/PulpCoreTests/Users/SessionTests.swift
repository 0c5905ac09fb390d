import PulpTesting
import Testing

@testable import PulpCore

@Suite("A session")
struct SessionTests {
    @Test("is found by its token alone, which the database does not have", arguments: DatabaseKind.allCases)
    func tokens(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            let ann = try await pulp.makeUser("ann")
            try await pulp.database.write { db in
                let (token, session) = try Sessions.begin(for: ann, in: db)
                let (other, second) = try Sessions.begin(for: ann, in: db)
                #expect(token != other && session.csrfToken != second.csrfToken && token.count == 64)
                #expect(try Sessions.find(token, in: db) == session)
                let kept = try db.query("SELECT digest, csrf_token FROM user_session").flatMap(\.values)
                #expect(!kept.contains(.text(token)) && !kept.contains(.text(other)))
                for wrong in ["", "x", token.uppercased(), String(token.dropLast()), "\(token) "] where wrong != token {
                    #expect(try Sessions.find(wrong, in: db) == nil)
                }
                #expect(try Sessions.end(token, in: db))
                #expect(try !Sessions.end(token, in: db))
                #expect(try Sessions.find(token, in: db) == nil)
                #expect(try Sessions.find(other, in: db) == second)
            }
        }
    }

    @Test("ends fourteen days after its last use", arguments: DatabaseKind.allCases)
    func lifetime(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            let ann = try await pulp.makeUser("ann")
            let start = Timestamp.now
            @Sendable func after(days: Double) -> Timestamp { start + .seconds(Int64(days * 86_400)) }
            let token = try await pulp.database.write { db in try Sessions.begin(for: ann, at: start, in: db).token }
            let authenticator = Authenticator(pulp.database)
            func find(_ days: Double) async throws -> UserSession? {
                try await pulp.database.read { db in try Sessions.find(token, at: after(days: days), in: db) }
            }
            #expect(try await find(13.9) != nil)
            #expect(try await find(14) == nil)
            #expect(try await authenticator.session(token, at: after(days: 0.01))?.expires == after(days: 14), "not each use is written")
            #expect(try await find(14) == nil)
            #expect(try await authenticator.session(token, at: after(days: 10))?.user == ann)
            #expect(try await find(23.9)?.expires == after(days: 24))
            #expect(try await authenticator.session(token, at: after(days: 24)) == nil)
            try await pulp.database.write { db throws in
                #expect(try Sessions.sweep(at: after(days: 23), in: db) == 0)
                #expect(try Sessions.sweep(at: after(days: 24), in: db) == 1)
            }
        }
    }

    @Test("ends with another password, and with the user", arguments: DatabaseKind.allCases)
    func passwords(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            try await pulp.ensureAdministrator(password: "first")
            let users = [try await pulp.makeUser("ann"), try await pulp.makeUser("bob"), try await pulp.makeUser("cyd")]
            let admin = try #require(try await pulp.database.read { db in try Users.find(named: "admin", in: db) })
            let tokens = try await pulp.database.write { db in
                try (users + [admin]).map { try Sessions.begin(for: $0, in: db).token }
            }
            let hash = PasswordHash(stored: "another")
            try await pulp.database.write { db in
                var (ann, bob) = (users[0], users[1])
                ann.lastName = "A."
                try Users.update(ann, in: db)
                #expect(try Sessions.find(tokens[0], in: db)?.user == ann, "other changes leave it")
                ann.password = hash
                try Users.update(ann, in: db)
                bob.isActive = false
                try Users.update(bob, in: db)
                try Users.delete(users[2].id, in: db)
            }
            try await pulp.ensureAdministrator(password: "second", isReplacing: true)
            for token in tokens {
                #expect(try await pulp.database.read { db in try Sessions.find(token, in: db) } == nil)
            }
        }
    }
}

@Suite("A name and a password")
struct AuthenticatorTests {
    @Test("that can be none let nobody in, and break nothing", arguments: DatabaseKind.allCases)
    func hostile(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            let password = "schlüssel:ключ"
            try await pulp.ensureAdministrator(password: password)
            let authenticator = Authenticator(pulp.database)
            let long = String(repeating: "x", count: 10_000)
            for (name, word) in [
                ("admin", "\u{0}"), ("admin\u{0}", password), ("admin", "\(password)\u{0}"), ("\u{0}", ""), ("admin", long),
                (long, password),
                ("", ""), ("admin", ""), (" admin", password), ("admin:", password), ("ADMIN", password), ("admin' OR '1'='1", "x"),
                ("\u{202E}nimda", password), ("admin", "schlüssel"),
            ] {
                #expect(try await authenticator.user(named: name, password: word) == nil)
            }
            #expect(try await authenticator.user(named: "admin", password: password)?.isAdministrator == true)
        }
    }

    @Test("of a user without a password, or who is not active, let nobody in", arguments: DatabaseKind.allCases)
    func disabled(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            var ann = try await pulp.makeUser("ann")
            ann.password = try PasswordHash("right")
            ann.isActive = false
            let changed = ann
            _ = try await pulp.makeUser("bob")
            try await pulp.database.write { db in try Users.update(changed, in: db) }
            let authenticator = Authenticator(pulp.database)
            for (name, word) in [("ann", "right"), ("bob", ""), ("bob", "nil")] {
                #expect(try await authenticator.user(named: name, password: word) == nil)
            }
        }
    }
}
