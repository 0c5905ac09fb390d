import Foundation
import PulpCore
import PulpPostgreSQL
import PulpTesting
import Testing

@Suite("The address of a PostgreSQL database", .timeLimit(.minutes(15)))
struct ConnectionTests {
    @Test("may name several hosts, of which the first that lives is taken", arguments: ["127.0.0.1", "/nonexistent"])
    func severalHosts(dead: String) async throws {
        try await TemporaryPostgreSQL.with { temporary in
            // Nobody listens at port 1.
            let url = try #require(temporary.url).replacing("?host=", with: "?port=1,5432&host=\(dead),")
            let database = try PostgreSQLDatabase(url: url)
            _ = try await database.write { try $0.execute("CREATE TABLE note (text TEXT NOT NULL)") }
            var heard = database.announcements().makeAsyncIterator()
            #expect(await heard.next() != nil)
            try await database.write { db in
                try db.execute("INSERT INTO note (text) VALUES ('here')")
                try db.announce()
            }
            #expect(await heard.next() != nil)
            #expect(try await database.read { try $0.value("SELECT text FROM note", as: String.self) } == "here")
            let lease = try #require(try await database.acquireLease("worker"))
            await lease.release()
            try await TemporaryDirectory.with { folder in
                let archiver = try #require(database.archiver)
                try await archiver.write(to: folder.path + "/dump")
                #expect(FileManager.default.fileExists(atPath: folder.path + "/dump"))
            }
            try await database.close()
        }
    }

    @Test("may name hosts of which none lives, and the error says so")
    func noHost() async throws {
        let database = try PostgreSQLDatabase(url: "postgresql:///pulp?host=127.0.0.1,/nonexistent&port=1,5432&user=pulp")
        let error = try await #require(throws: DatabaseError.self) { try await database.read { try $0.query("SELECT 1").count } }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("127.0.0.1"))
        #expect(error.message.contains("/nonexistent"))
        try await database.close()
    }

    @Test("may name the file that has the password")
    func passwordFile() async throws {
        let role = TemporaryPostgreSQL.userWithPassword
        try await TemporaryPostgreSQL.with { temporary in
            try await temporary.withDatabase { database in
                _ = try await database.write { try $0.execute(SQL(raw: "CREATE ROLE \(role) LOGIN PASSWORD 's3cret'")) }
                let url = try #require(temporary.url).replacing("user=postgres", with: "user=\(role)")
                #expect(try await user(at: url, password: "s3cret") == role)
                for password in ["another", nil] {
                    let error = await #expect(throws: DatabaseError.self) { try await user(at: url, password: password) }
                    #expect(error?.code == .unavailable)
                    #expect(error?.message.contains("password") == true)
                    #expect(error?.message.contains("another") == false)
                }
                _ = try await database.write { try $0.execute(SQL(raw: "DROP ROLE \(role)")) }
            }
        }
    }

    /// Whom the server takes us for.
    /// - Parameter password: what the password file says; nil where there is none.
    private func user(at url: String, password: String?) async throws -> String? {
        try await TemporaryDirectory.with { folder in
            let file = folder.path + "/pgpass"
            if let password {
                // libpq reads none that others can read.
                let isMade = FileManager.default.createFile(
                    atPath: file, contents: Data("*:*:*:*:\(password)\n".utf8), attributes: [.posixPermissions: 0o600])
                #expect(isMade)
            }
            let database = TemporaryDatabase(description: "with a password") { try PostgreSQLDatabase(url: "\(url)&passfile=\(file)") }
            return try await database.withDatabase { database in
                try await database.read { try $0.value("SELECT CAST(current_user AS TEXT)", as: String.self) }
            }
        }
    }
}
