import PulpCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpServer

@Suite("Who asks the API")
struct AuthenticationTests {
    @Test("must say who it is, and know the password", arguments: DatabaseKind.allCases)
    func refused(kind: DatabaseKind) async throws {
        try await kind.withClient(plugins: [.file]) { _, client in
            for (credentials, detail) in [
                (nil, "Authentication credentials were not provided."), ("admin:wrong", "Invalid username/password."),
                ("nobody:secret", "Invalid username/password."), ("admin:", "Invalid username/password."),
            ] as [(String?, String)] {
                var stranger = client
                stranger.credentials = credentials
                for path in ["tasks/", "repositories/", "repositories/file/file/", "remotes/file/file/x/"] {
                    let answer = try await stranger.get(path)
                    #expect(answer.status == 401)
                    #expect(answer.body == ["detail": .string(detail)])
                    #expect(answer.head["WWW-Authenticate"] == "Basic realm=\"api\"")
                }
                #expect(try await stranger.get("status/").status == 200)
            }
            #expect(try await client.get("tasks/").status == 200)
        }
    }

    @Test("is not let in any more with a password that was changed", arguments: DatabaseKind.allCases)
    func changed(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: []) { pulp in
            try await pulp.ensureAdministrator(password: "first")
            try await pulp.ensureAdministrator(password: "second")
            let old = Authenticator(pulp.database)
            #expect(try await old.user(named: "admin", password: "first")?.name == "admin")
            #expect(try await old.user(named: "admin", password: "second") == nil)
            try await pulp.ensureAdministrator(password: "second", isReplacing: true)
            let new = Authenticator(pulp.database)
            #expect(try await new.user(named: "admin", password: "first") == nil)
            #expect(try await new.user(named: "admin", password: "second")?.isAdministrator == true)
        }
    }

    @Test("the database keeps no password, and two of the same are not the same there")
    func hashes() throws {
        let (one, other) = (try PasswordHash("geheim"), try PasswordHash("geheim"))
        #expect(one != other)
        #expect(!one.text.contains("geheim"))
        #expect(one.matches("geheim") && other.matches("geheim"))
        #expect(!one.matches("Geheim") && !one.matches(""))
        for damaged in ["", "scrypt$1", "scrypt$16384$8$1$$", "scrypt$99999999999$8$1$AAAA$AAAA", "plain$geheim"] {
            #expect(!PasswordHash(stored: damaged).matches("geheim"))
        }
    }
}
